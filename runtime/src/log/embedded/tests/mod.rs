//! The log as its users see it, and what happens when they, the disk or the process misbehave.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod administration;
mod compaction;
mod crash;
mod damage;
mod full_disk;
mod model;
mod reading;
mod retention;
mod threads;
mod transactions;

use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tillstream_stores::Headers;
use tillstream_stores::rocks::Resources;
use tillstream_topology::{RawRecord, TopicPartition};

use super::{EmbeddedLog, EmbeddedOptions};
use crate::log::{Append, CleanupPolicy, Log, LogError, LogWriter, TopicSpec};

const FOR_EVER: CleanupPolicy = CleanupPolicy::Delete { retention_ms: None };

/// A log in a directory of its own, with batches of a few records.
struct Fixture {
    dir: TempDir,
    options: EmbeddedOptions,
    log: EmbeddedLog,
}

impl Fixture {
    fn new() -> Self {
        Self::with(EmbeddedOptions { batch_bytes: 256, ..EmbeddedOptions::default() })
    }

    fn with(options: EmbeddedOptions) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let log = EmbeddedLog::open(dir.path(), options, resources()).unwrap();
        Self { dir, options, log }
    }

    /// Closes the log, which takes no step to save anything, and opens it again.
    fn reopen(self) -> Self {
        let Self { dir, options, log } = self;
        drop(log);
        let log = EmbeddedLog::open(dir.path(), options, resources()).unwrap();
        Self { dir, options, log }
    }

    fn topic(&self, name: &str, partitions: u32, policy: CleanupPolicy) -> Arc<str> {
        let name: Arc<str> = name.into();
        self.log.create_topics(&[TopicSpec { name: Arc::clone(&name), partitions, policy }]).unwrap();
        name
    }

    fn end(&self, partition: &TopicPartition) -> i64 {
        self.log.offsets(std::slice::from_ref(partition)).unwrap()[0].end
    }

    fn start(&self, partition: &TopicPartition) -> i64 {
        self.log.offsets(std::slice::from_ref(partition)).unwrap()[0].start
    }

    fn read(&self, partition: &TopicPartition) -> Vec<RawRecord> {
        read_from(&self.log, partition, self.start(partition)).unwrap()
    }
}

fn resources() -> Resources {
    Resources::new(32 << 20, 50, 64)
}

fn put(writer: &mut dyn LogWriter, partition: &TopicPartition, key: &str, value: Option<&str>) -> Result<(), LogError> {
    writer.append(Append {
        topic: &partition.topic,
        partition: partition.partition,
        key: Some(key.as_bytes()),
        value: value.map(str::as_bytes),
        timestamp: 0,
        headers: &Headers::default(),
    })
}

/// Commits `values` as one transaction to `partition`.
fn commit(log: &EmbeddedLog, partition: &TopicPartition, values: &[&str]) {
    let mut writer = log.writer("test").unwrap();
    for value in values {
        put(&mut *writer, partition, "k", Some(value)).unwrap();
    }
    writer.commit().unwrap();
}

/// All records from `offset` to the end.
fn read_from(log: &EmbeddedLog, partition: &TopicPartition, offset: i64) -> Result<Vec<RawRecord>, LogError> {
    let mut reader = log.reader()?;
    reader.assign(partition, offset)?;
    let mut records = Vec::new();
    loop {
        let fetched = reader.poll(Duration::ZERO)?;
        if fetched.is_empty() {
            return Ok(records);
        }
        records.extend(fetched.into_iter().flat_map(|part| part.records));
    }
}

fn values(records: &[RawRecord]) -> Vec<&str> {
    records.iter().map(|record| std::str::from_utf8(record.value.as_deref().unwrap()).unwrap()).collect()
}
