//! The embedded log: durable and transactional, in the process itself, on one RocksDB database.
//!
//! A batch of records is one value; a transaction is one atomic write of its batches, the group offsets and the new end
//! of each partition. Offsets are given out while that write is made, by one thread for all that wait, so there are no
//! gaps and nobody ever sees a record that is not committed: the *end* of a partition is its last stable offset. A
//! transaction that is never committed is memory of its writer and nothing else; so there are no aborted records to
//! skip, no transaction that hangs, and none that has to time out.
//!
//! ```text
//! writer ── append ──> batches in memory ── commit ──> queue ──> one write for all who wait ──> publish, wake readers
//! reader <── poll ──── newest batches in memory, else the database (checksum, then slices of one buffer)
//! maintain ─────────── retention by append time · compaction by key, a bounded step a call
//! ```
//!
//! One process uses a log directory; any number of its threads do.

mod administration;
mod append_times;
mod batch;
mod catalog;
mod commit;
mod compaction;
mod directory_lock;
mod groups;
mod keys;
mod maintenance;
mod options;
mod partition;
mod reader;
mod recent;
mod shared;
mod store;
mod stored;
#[cfg(test)]
mod tests;
mod writer;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use options::{CompactionOptions, EmbeddedOptions};
use tillstream_stores::rocks::Resources;
use tillstream_topology::TopicPartition;

use self::reader::EmbeddedReader;
use self::shared::Shared;
use self::writer::EmbeddedWriter;
use super::{
    FixedMembership, GroupOffsets, Join, Log, LogError, LogReader, LogWriter, Membership, OffsetRange, TopicInfo,
    TopicSpec,
};

/// A log in a directory of this machine. Cheap to clone; closed when the last clone, reader and writer are gone.
///
/// ```
/// # use std::{sync::Arc, time::Duration};
/// use tillstream_runtime::log::embedded::{EmbeddedLog, EmbeddedOptions};
/// use tillstream_runtime::log::{Append, CleanupPolicy, Log, TopicPartition, TopicSpec};
/// use tillstream_stores::{Headers, rocks::Resources};
/// # let dir = tempfile::tempdir()?;
/// let log = EmbeddedLog::open(dir.path(), EmbeddedOptions::default(), Resources::default())?;
/// let topic: Arc<str> = "orders".into();
/// let policy = CleanupPolicy::Delete { retention_ms: None };
/// log.create_topics(&[TopicSpec { name: topic.clone(), partitions: 1, policy }])?;
///
/// let mut writer = log.writer("shop")?;
/// writer.append(Append {
///     topic: &topic, partition: 0, key: Some(b"42"), value: Some(b"placed"), timestamp: 0, headers: &Headers::default(),
/// })?;
/// writer.commit()?;
///
/// let mut reader = log.reader()?;
/// reader.assign(&TopicPartition::new(topic, 0), 0)?;
/// let fetched = reader.poll(Duration::ZERO)?;
/// assert_eq!(fetched[0].records[0].value.as_deref(), Some(&b"placed"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct EmbeddedLog {
    shared: Arc<Shared>,
}

impl EmbeddedLog {
    /// Opens the log in `dir`, which is made if need be; memory comes out of `resources`.
    ///
    /// # Errors
    /// [`LogError::Locked`] when another process has it open; [`LogError::Io`] when the format is unknown or the disk
    /// fails; [`LogError::Full`].
    pub fn open(dir: &Path, options: EmbeddedOptions, resources: Resources) -> Result<Self, LogError> {
        let shared = Arc::new(Shared::open(dir, options, resources)?);
        Ok(Self { shared })
    }

    /// Carries all commits made so far to the disk, so that they survive a power cut; for those who commit without.
    ///
    /// # Errors
    /// [`LogError::Full`], [`LogError::Io`].
    pub fn sync(&self) -> Result<(), LogError> {
        self.shared.sync()
    }

    /// Offset of the first record of `partition` whose timestamp is `timestamp` or later; `None` if there is none.
    /// Reads the partition from its start: for tools, not for hot paths.
    ///
    /// # Errors
    /// [`LogError::UnknownTopic`], [`LogError::Corrupt`], [`LogError::Io`].
    pub fn offset_for_time(&self, partition: &TopicPartition, timestamp: i64) -> Result<Option<i64>, LogError> {
        self.shared.offset_for_time(partition, timestamp)
    }
}

impl Log for EmbeddedLog {
    fn reader(&self) -> Result<Box<dyn LogReader>, LogError> {
        Ok(Box::new(EmbeddedReader::new(Arc::clone(&self.shared))))
    }

    fn writer(&self, transactional_id: &str) -> Result<Box<dyn LogWriter>, LogError> {
        let id: Arc<str> = transactional_id.into();
        let producer = self.shared.register_writer(&id)?;
        Ok(Box::new(EmbeddedWriter::new(Arc::clone(&self.shared), id, producer)))
    }

    fn join(&self, join: &Join) -> Result<Box<dyn Membership>, LogError> {
        Ok(Box::new(FixedMembership::new(self.clone(), join.clone())))
    }

    fn create_topics(&self, topics: &[TopicSpec]) -> Result<(), LogError> {
        self.shared.create_topics(topics)
    }

    fn topics(&self) -> Result<Vec<TopicInfo>, LogError> {
        Ok(self.shared.topics().values().map(|topic| topic.info.clone()).collect())
    }

    fn offsets(&self, partitions: &[TopicPartition]) -> Result<Vec<OffsetRange>, LogError> {
        self.shared.settle()?;
        let range = |wanted| Ok(self.shared.partition(wanted)?.state().range());
        partitions.iter().map(range).collect()
    }

    fn committed(&self, group: &str, partitions: &[TopicPartition]) -> Result<Vec<Option<i64>>, LogError> {
        self.shared.committed(group, partitions)
    }

    fn groups(&self) -> Result<Vec<GroupOffsets>, LogError> {
        self.shared.groups()
    }

    fn delete_records(&self, partition: &TopicPartition, before_offset: i64) -> Result<(), LogError> {
        self.shared.delete_records(partition, before_offset)
    }

    fn maintain(&self, now_ms: i64) -> Result<(), LogError> {
        self.shared.maintain(now_ms)
    }
}

/// Locks are held over plain assignments and over writes that leave nothing half done, so what a panicking thread left
/// behind is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
