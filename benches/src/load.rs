//! Fills a log with the input of a workload.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use tillstream_runtime::log::embedded::{EmbeddedLog, EmbeddedOptions};
use tillstream_runtime::log::{Append, CleanupPolicy, Log, TopicSpec};
use tillstream_runtime::partitioner::partition_for;
use tillstream_shop::workload::{Set, Workload as Events};
use tillstream_stores::Headers;
use tillstream_stores::rocks::Resources;

use crate::workloads::Workload;

/// Partitions of every topic, as in the Kafka Streams benchmark.
pub(crate) const PARTITIONS: u32 = 4;

/// Records in one transaction.
const TRANSACTION: u64 = 20_000;

/// Fills the log in `dir` with `scale` times the full input of `workload`.
pub(crate) fn load(workload: Workload, dir: &Path, scale: f64) -> Result<()> {
    let (set, full) = events_of(workload);
    let log = EmbeddedLog::open(&dir.join("log"), EmbeddedOptions::default(), Resources::default())?;
    fill(&log, set, (f64::from(full) * scale) as u32, workload.inputs())?;
    log.sync()?;
    Ok(())
}

/// The events a workload reads, and how many of them at full size.
pub(crate) fn events_of(workload: Workload) -> (Set, u32) {
    match workload {
        Workload::W1 | Workload::W3 => (Set::Big, 2_000_000),
        Workload::W2 => (Set::Activity, 2_000_000),
        Workload::W4 | Workload::W5 | Workload::W6 => (Set::Commerce, 400_000),
    }
}

/// Writes those records of a set that belong to one of the `topics`, which are made.
pub(crate) fn fill(log: &dyn Log, set: Set, events: u32, topics: &[&str]) -> Result<()> {
    let topics: BTreeMap<&str, Arc<str>> = topics.iter().map(|topic| (*topic, (*topic).into())).collect();
    let policy = CleanupPolicy::Delete { retention_ms: None };
    let specs: Vec<TopicSpec> =
        topics.values().map(|name| TopicSpec { name: Arc::clone(name), partitions: PARTITIONS, policy }).collect();
    log.create_topics(&specs)?;
    let style = ProgressStyle::with_template("filling {msg}: {human_pos} events, {per_sec}")?;
    let bar = ProgressBar::new_spinner().with_style(style).with_message(format!("{set:?}"));
    let mut writer = log.writer("loader")?;
    for record in Events::new(set, events) {
        let Some(topic) = topics.get(record.topic) else { continue };
        let key = record.key.as_bytes();
        writer.append(Append {
            topic,
            partition: partition_for(key, PARTITIONS),
            key: Some(key),
            value: Some(&record.value),
            timestamp: record.timestamp,
            headers: &Headers::default(),
        })?;
        bar.inc(1);
        if bar.position().is_multiple_of(TRANSACTION) {
            writer.commit()?;
        }
    }
    writer.commit()?;
    bar.finish_and_clear();
    Ok(())
}
