//! What the results say, so that an engine that was quick because it left something out is seen.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::Deserialize;
use tillstream_runtime::log::{Log, RawRecord};

use super::cluster::{Cluster, partitions};
use super::contender::Job;

/// Of results that count, the sum of the last count of each key; of others, the number of records. For each output.
pub(super) fn counted(cluster: &Cluster, job: &Job<'_>) -> Result<String> {
    let sums: Result<Vec<String>> = job.outputs().into_iter().map(|topic| of_topic(cluster, &topic)).collect();
    Ok(sums?.join(", "))
}

fn of_topic(cluster: &Cluster, topic: &str) -> Result<String> {
    let counts = topic.ends_with("w2") || topic.ends_with("w3") || topic.ends_with("w5");
    let (mut last, mut records) = (HashMap::new(), 0_u64);
    read(cluster, topic, |record| {
        records += 1;
        if counts {
            let value = record.value.as_deref().context("a count is never null")?;
            last.insert(record.key.as_deref().unwrap_or_default().to_vec(), count(value)?);
        }
        Ok(())
    })?;
    Ok(if counts { last.values().sum::<u64>().to_string() } else { format!("{records} records") })
}

/// Eight bytes, or the field `count` of a JSON object.
pub(super) fn count(value: &[u8]) -> Result<u64> {
    #[derive(Deserialize)]
    struct Row {
        count: u64,
    }
    match <[u8; 8]>::try_from(value) {
        Ok(bytes) => Ok(u64::from_be_bytes(bytes)),
        Err(_) => Ok(serde_json::from_slice::<Row>(value).context("a count is eight bytes or JSON")?.count),
    }
}

/// Reads all there is of a topic.
fn read(cluster: &Cluster, topic: &str, mut take: impl FnMut(&RawRecord) -> Result<()>) -> Result<()> {
    let partitions = partitions([topic.into()].into_iter());
    let ends: i64 = cluster.log.offsets(&partitions)?.iter().map(|range| range.end).sum();
    let mut reader = cluster.log.reader()?;
    for partition in &partitions {
        reader.assign(partition, 0)?;
    }
    let mut places: HashMap<_, i64> = HashMap::new();
    while places.values().sum::<i64>() < ends {
        for fetched in reader.poll(Duration::from_millis(100))? {
            fetched.records.iter().try_for_each(&mut take)?;
            places.insert(fetched.partition, fetched.next_offset);
        }
    }
    Ok(())
}
