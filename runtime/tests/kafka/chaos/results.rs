//! What is left in the log at the end, as a fresh reader finds it.

use std::collections::BTreeMap;

use tillstream_runtime::log::kafka::KafkaLog;
use tillstream_runtime::log::{Log, LogError, OffsetRange, RawRecord, TopicPartition};

use super::events::{Event, PARTITIONS};
use super::offline::{Counts, Sums};
use super::topology::{COUNTS, EVENTS, SUMS};
use crate::harness;

/// Bytes behind the key in a changelog of windows: start and sequence number.
const START: usize = 8;
const SEQUENCE: usize = 4;

/// Records of a topic that was written without transactions.
pub(crate) fn length(log: &KafkaLog, topic: &str) -> Result<u64, LogError> {
    Ok(ranges(log, topic)?.iter().map(|range| (range.end - range.start) as u64).sum())
}

/// The offset behind the last committed record of each partition.
pub(crate) fn ends(log: &KafkaLog, topic: &str) -> Result<Vec<i64>, LogError> {
    Ok(ranges(log, topic)?.iter().map(|range| range.end).collect())
}

fn ranges(log: &KafkaLog, topic: &str) -> Result<Vec<OffsetRange>, LogError> {
    let partitions: Vec<_> = (0..PARTITIONS).map(|partition| TopicPartition::new(topic, partition)).collect();
    log.offsets(&partitions)
}

/// The events, in the order of each partition.
pub(crate) fn events(log: &KafkaLog) -> Vec<Event> {
    let of_partition = |partition| {
        let records = harness::read(log, &TopicPartition::new(EVENTS, partition));
        records.into_iter().map(move |record| Event::of(partition, &record))
    };
    (0..PARTITIONS).flat_map(of_partition).collect()
}

/// The counts by word.
pub(crate) fn counts(log: &KafkaLog, app: &str) -> Counts {
    let rows = table(log, &format!("{app}-{COUNTS}-changelog"));
    rows.into_iter().map(|(key, value)| (text(&key), u64::from_be_bytes(value.try_into().unwrap()))).collect()
}

/// The sums by word and window.
pub(crate) fn sums(log: &KafkaLog, app: &str) -> Sums {
    let rows = table(log, &format!("{app}-{SUMS}-changelog"));
    let split = |key: &[u8]| {
        let (word, rest) = key.split_at(key.len() - START - SEQUENCE);
        (text(word), i64::from_be_bytes(rest[..START].try_into().unwrap()))
    };
    rows.into_iter().map(|(key, value)| (split(&key), i64::from_be_bytes(value.try_into().unwrap()))).collect()
}

/// The newest value of each key.
fn table(log: &KafkaLog, topic: &str) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut rows = BTreeMap::new();
    for partition in 0..PARTITIONS {
        for RawRecord { key, value, .. } in harness::read(log, &TopicPartition::new(topic, partition)) {
            let key = key.unwrap().to_vec();
            match value {
                Some(value) => rows.insert(key, value.to_vec()),
                None => rows.remove(&key),
            };
        }
    }
    rows
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
