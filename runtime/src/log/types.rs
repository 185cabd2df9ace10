//! The plain data that crosses the log seam.

use std::sync::Arc;

use tillstream_stores::Headers;
use tillstream_topology::{RawRecord, TopicPartition};

use super::LogError;

/// What a log may throw away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CleanupPolicy {
    /// Records older than `retention_ms` (`None`: never), by append time as far as the log knows it.
    Delete {
        /// Milliseconds a record is kept; `None` keeps it for ever.
        retention_ms: Option<i64>,
    },
    /// All but the newest record of each key.
    Compact,
    /// All but the newest record of each key, and what [`Log::delete_records`](super::Log::delete_records) gives up: nothing by its
    /// age.
    CompactAndDelete,
}

impl CleanupPolicy {
    /// Whether older records of a key go.
    pub(super) fn compacts(self) -> bool {
        matches!(self, Self::Compact | Self::CompactAndDelete)
    }
}

/// A topic to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicSpec {
    /// Topic name.
    pub name: Arc<str>,
    /// Number of partitions, at least 1.
    pub partitions: u32,
    /// What may be thrown away.
    pub policy: CleanupPolicy,
}

impl TopicSpec {
    /// That `found` is not what this asks for; `policy` words what may be thrown away.
    pub(super) fn mismatch(&self, found: &TopicInfo, policy: impl Fn(CleanupPolicy) -> String) -> LogError {
        let shape = |partitions: u32, kept| format!("{partitions} partitions, {}", policy(kept));
        LogError::TopicMismatch {
            topic: Arc::clone(&self.name),
            found: shape(found.partitions, found.policy),
            wanted: shape(self.partitions, self.policy),
        }
    }
}

/// A topic that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicInfo {
    /// Topic name.
    pub name: Arc<str>,
    /// Number of partitions.
    pub partitions: u32,
    /// What may be thrown away.
    pub policy: CleanupPolicy,
}

/// First readable offset and the offset the next record will get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OffsetRange {
    /// First readable offset.
    pub start: i64,
    /// Offset behind the last committed record.
    pub end: i64,
}

/// The next offset to read of a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionOffset {
    /// The partition.
    pub partition: TopicPartition,
    /// The next offset to read.
    pub offset: i64,
}

/// What a consumer group has committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupOffsets {
    /// Group name: the `application.id`.
    pub group: Arc<str>,
    /// Committed offsets, by topic and partition.
    pub offsets: Vec<PartitionOffset>,
}

/// A record to append.
#[derive(Clone, Copy, Debug)]
pub struct Append<'a> {
    /// Topic name.
    pub topic: &'a Arc<str>,
    /// Partition number.
    pub partition: u32,
    /// Key bytes; `None` is a null key.
    pub key: Option<&'a [u8]>,
    /// Value bytes; `None` is a null value.
    pub value: Option<&'a [u8]>,
    /// Event time in milliseconds since 1970-01-01T00:00Z.
    pub timestamp: i64,
    /// Headers.
    pub headers: &'a Headers,
}

/// What one poll brought for one partition.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The partition.
    pub partition: TopicPartition,
    /// Records in offset order; offsets may have gaps where records were compacted away.
    pub records: Vec<RawRecord>,
    /// The offset behind the last committed record of the partition, as known at this poll.
    pub end_offset: i64,
    /// The offset the reader will continue at: behind the last record, or further where nothing is left.
    pub next_offset: i64,
}

/// What a successful commit wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommitOutcome {
    /// For every partition appended to: the offset behind its last record of this transaction.
    pub next_offsets: Vec<PartitionOffset>,
}
