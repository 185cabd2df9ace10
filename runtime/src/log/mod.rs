//! The seam between the engine and a log: what Kafka, the embedded log and the simulated log all provide.
//!
//! Everything above this file cannot tell the implementations apart. A log is a set of topics; a topic is a fixed
//! number of partitions; a partition is a sequence of records with rising offsets. Writers are transactional: what a
//! transaction appended, and the offsets it committed for a consumer group, become visible together or not at all.
//! Readers see committed records only.

pub mod embedded;
mod error;
pub mod kafka;
mod membership;
mod signal;
mod stretch;
mod types;

pub use error::LogError;
pub use membership::{FixedMembership, Join, Lease, Membership};
pub use stretch::{Stretch, read_stretches};
pub use tillstream_topology::{RawRecord, TopicPartition};
pub use types::{
    Append, CleanupPolicy, CommitOutcome, Fetched, GroupOffsets, OffsetRange, PartitionOffset, TopicInfo, TopicSpec,
};

use std::time::Duration;

/// A connection to a log: hands out readers and writers and answers administrative questions. Shared by all threads.
pub trait Log: Send + Sync + std::fmt::Debug {
    /// A new reader with nothing assigned.
    ///
    /// # Errors
    /// When the log cannot be reached.
    fn reader(&self) -> Result<Box<dyn LogReader>, LogError>;

    /// As [`Log::reader`], for somebody who deals with many records at once or reads up to the end and goes: gets what comes within
    /// some milliseconds together, and is told of the end as soon, for more questions asked while there is nothing.
    ///
    /// # Errors
    /// As [`Log::reader`].
    fn batch_reader(&self) -> Result<Box<dyn LogReader>, LogError> {
        self.reader()
    }

    /// A transactional writer. An older writer of the same `transactional_id` is fenced: its next commit answers
    /// [`LogError::Fenced`].
    ///
    /// # Errors
    /// When the log cannot be reached.
    fn writer(&self, transactional_id: &str) -> Result<Box<dyn LogWriter>, LogError>;

    /// Takes a place in a group whose members share its tasks.
    ///
    /// # Errors
    /// When the log cannot be reached.
    fn join(&self, join: &Join) -> Result<Box<dyn Membership>, LogError>;

    /// Creates the topics that do not exist yet. One that exists with another number of partitions or another policy
    /// is [`LogError::TopicMismatch`].
    ///
    /// # Errors
    /// See [`LogError`].
    fn create_topics(&self, topics: &[TopicSpec]) -> Result<(), LogError>;

    /// All topics, by name.
    ///
    /// # Errors
    /// When the log cannot be reached.
    fn topics(&self) -> Result<Vec<TopicInfo>, LogError>;

    /// First and next offset of each partition, in the order asked.
    ///
    /// # Errors
    /// [`LogError::UnknownTopic`] for a partition that does not exist.
    fn offsets(&self, partitions: &[TopicPartition]) -> Result<Vec<OffsetRange>, LogError>;

    /// As [`Log::offsets`], after waiting until every transaction that is open on the partitions now has ended. Where
    /// commits become visible a moment after they are known, only such an end takes in all that was committed before
    /// the call: restores read up to it.
    ///
    /// # Errors
    /// As [`Log::offsets`]; [`LogError::Unreachable`] when a transaction does not end.
    fn settled_offsets(&self, partitions: &[TopicPartition]) -> Result<Vec<OffsetRange>, LogError> {
        self.offsets(partitions)
    }

    /// What `group` has committed for each partition, in the order asked; `None` where it never committed.
    ///
    /// # Errors
    /// When the log cannot be reached.
    fn committed(&self, group: &str, partitions: &[TopicPartition]) -> Result<Vec<Option<i64>>, LogError>;

    /// All consumer groups with what they have committed, by name.
    ///
    /// # Errors
    /// When the log cannot be reached.
    fn groups(&self) -> Result<Vec<GroupOffsets>, LogError>;

    /// Makes the records before `offset` unreadable: what is processed of repartition topics, what is expired of changelogs.
    ///
    /// # Errors
    /// [`LogError::UnknownTopic`].
    fn delete_records(&self, partition: &TopicPartition, before_offset: i64) -> Result<(), LogError>;

    /// One bounded step of house-keeping (retention, compaction) where the log does its own; Kafka does it alone.
    ///
    /// # Errors
    /// See [`LogError`].
    fn maintain(&self, now_ms: i64) -> Result<(), LogError>;

    /// What kind of log it is, as `messaging.system` of traces.
    fn system(&self) -> &'static str {
        "tillstream"
    }
}

/// Reads the partitions it was assigned. Belongs to one thread.
pub trait LogReader: Send + std::fmt::Debug {
    /// Starts reading `partition` at `offset`; an assigned partition moves there.
    ///
    /// # Errors
    /// [`LogError::UnknownTopic`].
    fn assign(&mut self, partition: &TopicPartition, offset: i64) -> Result<(), LogError>;

    /// Stops reading `partition`; nothing of it is returned any more.
    fn unassign(&mut self, partition: &TopicPartition);

    /// Holds `partition` back until [`LogReader::resume`], without losing its place.
    fn pause(&mut self, partition: &TopicPartition);

    /// Lets a paused partition go on.
    fn resume(&mut self, partition: &TopicPartition);

    /// Records of some of the assigned, unpaused partitions; waits up to `timeout` when there are none.
    ///
    /// # Errors
    /// [`LogError::OffsetOutOfRange`] when a position is before the start or behind the end; [`LogError::Corrupt`].
    fn poll(&mut self, timeout: Duration) -> Result<Vec<Fetched>, LogError>;
}

/// Appends in transactions. Belongs to one thread; begins a transaction with the first append.
pub trait LogWriter: Send + std::fmt::Debug {
    /// Adds a record to the open transaction.
    ///
    /// # Errors
    /// [`LogError::UnknownTopic`], [`LogError::RecordTooLarge`].
    fn append(&mut self, record: Append<'_>) -> Result<(), LogError>;

    /// Adds the next offsets to read of `group` to the open transaction.
    ///
    /// # Errors
    /// See [`LogError`].
    fn send_offsets(&mut self, group: &str, offsets: &[PartitionOffset]) -> Result<(), LogError>;

    /// Makes the transaction visible, all of it at once. With nothing appended and no offsets it does nothing.
    ///
    /// # Errors
    /// [`LogError::Fenced`] when a newer writer took over; [`LogError::Full`] when nothing was written for want of
    /// space; [`LogError::InDoubt`] when it is not known whether it took effect.
    fn commit(&mut self) -> Result<CommitOutcome, LogError>;

    /// Forgets the open transaction.
    fn abort(&mut self);

    /// Ends, as aborted, whatever earlier writers of this id may have left open on `partitions` or among the offsets of their
    /// group without the log's knowing of it any more. Such a rest holds up all readers, and the next transaction of the same
    /// id that takes effect would take it along. Only a log whose transactions are kept by others can have any.
    ///
    /// # Errors
    /// As [`LogWriter::append`]; [`LogError::Unreachable`] when it did not come through: try again.
    fn sweep(&mut self, partitions: &[TopicPartition]) -> Result<(), LogError> {
        let _ = partitions;
        Ok(())
    }
}
