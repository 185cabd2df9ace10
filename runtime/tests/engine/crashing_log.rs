//! The embedded log, ending the process at a chosen commit: just before it, or just after it took effect.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tillstream_runtime::log::{
    Append, CommitOutcome, FixedMembership, GroupOffsets, Join, Log, LogError, LogReader, LogWriter, Membership,
    OffsetRange, PartitionOffset, TopicInfo, TopicPartition, TopicSpec,
};

/// Which side of a commit the process ends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Before,
    /// The transaction is in the log, and nobody was told.
    After,
}

#[derive(Clone, Debug)]
pub(crate) struct CrashingLog {
    pub(crate) inner: Arc<dyn Log>,
    pub(crate) commits_left: Arc<AtomicU64>,
    pub(crate) side: Side,
}

impl Log for CrashingLog {
    fn reader(&self) -> Result<Box<dyn LogReader>, LogError> {
        self.inner.reader()
    }

    fn writer(&self, transactional_id: &str) -> Result<Box<dyn LogWriter>, LogError> {
        let inner = self.inner.writer(transactional_id)?;
        Ok(Box::new(CrashingWriter { inner, commits_left: Arc::clone(&self.commits_left), side: self.side }))
    }

    fn join(&self, join: &Join) -> Result<Box<dyn Membership>, LogError> {
        Ok(Box::new(FixedMembership::new(self.clone(), join.clone())))
    }

    fn create_topics(&self, topics: &[TopicSpec]) -> Result<(), LogError> {
        self.inner.create_topics(topics)
    }

    fn topics(&self) -> Result<Vec<TopicInfo>, LogError> {
        self.inner.topics()
    }

    fn offsets(&self, partitions: &[TopicPartition]) -> Result<Vec<OffsetRange>, LogError> {
        self.inner.offsets(partitions)
    }

    fn committed(&self, group: &str, partitions: &[TopicPartition]) -> Result<Vec<Option<i64>>, LogError> {
        self.inner.committed(group, partitions)
    }

    fn groups(&self) -> Result<Vec<GroupOffsets>, LogError> {
        self.inner.groups()
    }

    fn delete_records(&self, partition: &TopicPartition, before_offset: i64) -> Result<(), LogError> {
        self.inner.delete_records(partition, before_offset)
    }

    fn maintain(&self, now_ms: i64) -> Result<(), LogError> {
        self.inner.maintain(now_ms)
    }
}

#[derive(Debug)]
struct CrashingWriter {
    inner: Box<dyn LogWriter>,
    commits_left: Arc<AtomicU64>,
    side: Side,
}

impl LogWriter for CrashingWriter {
    fn append(&mut self, record: Append<'_>) -> Result<(), LogError> {
        self.inner.append(record)
    }

    fn send_offsets(&mut self, group: &str, offsets: &[PartitionOffset]) -> Result<(), LogError> {
        self.inner.send_offsets(group, offsets)
    }

    fn commit(&mut self) -> Result<CommitOutcome, LogError> {
        let last = self.commits_left.fetch_sub(1, Ordering::SeqCst) == 1;
        if last && self.side == Side::Before {
            std::process::abort();
        }
        let outcome = self.inner.commit();
        if last {
            std::process::abort();
        }
        outcome
    }

    fn abort(&mut self) {
        self.inner.abort();
    }
}
