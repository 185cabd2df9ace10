//! Kafka, through librdkafka. Brokers of version 3.6 or newer.
//!
//! ```text
//! writer ──── one transactional producer; a new one after any trouble ────> brokers
//! reader <─── a queue for each partition, filled ahead, committed records only ──┘
//! member <──> group of the topic `<group>-tasks`; its writer carries the generation into each transaction
//! ```
//!
//! The *end* of a partition is its last stable offset: a reader cannot get further. Ends of transactions take offsets
//! of their own, so offsets have gaps, and a position may be behind the last record by more than one. The brokers
//! write those ends a moment after they have told the writer that its transaction is committed; only
//! [`Log::settled_offsets`] waits for them.
//!
//! A record at time 0 is written as of 1 ms: librdkafka takes 0 for "now".

mod aside;
mod asking;
mod assigned;
mod cluster;
mod committed;
mod context;
mod convert;
mod deliveries;
mod ending;
mod ends;
mod events;
mod failure;
mod leases;
mod meeting;
mod member;
mod membership;
mod offsets;
mod options;
mod orphans;
mod outcome;
mod producer;
mod reader;
mod served;
mod settings;
mod sight;
mod topics;
mod waiting;
mod words;
mod writer;

use std::sync::Arc;

pub use options::{GroupProtocol, KafkaOptions};
use tillstream_topology::TopicPartition;

use self::cluster::Cluster;
use self::membership::KafkaMembership;
use self::reader::KafkaReader;
use self::settings::Pace;
use self::writer::KafkaWriter;
use super::{GroupOffsets, Join, Log, LogError, LogReader, LogWriter, Membership, OffsetRange, TopicInfo, TopicSpec};

/// A log kept by Kafka brokers. Cheap to clone.
///
/// ```no_run
/// use tillstream_runtime::log::Log;
/// use tillstream_runtime::log::kafka::{KafkaLog, KafkaOptions};
///
/// let log = KafkaLog::connect(KafkaOptions::new("localhost:9092"))?;
/// for topic in log.topics()? {
///     println!("{} has {} partitions", topic.name, topic.partitions);
/// }
/// # Ok::<(), tillstream_runtime::log::LogError>(())
/// ```
#[derive(Clone, Debug)]
pub struct KafkaLog {
    cluster: Arc<Cluster>,
}

impl KafkaLog {
    /// Connects to the brokers. Takes no longer than `options.request_timeout`.
    ///
    /// # Errors
    /// [`LogError::BadSetting`]; [`LogError::Unreachable`] when nobody answers.
    pub fn connect(options: KafkaOptions) -> Result<Self, LogError> {
        Ok(Self { cluster: Arc::new(Cluster::connect(options)?) })
    }
}

impl Log for KafkaLog {
    fn reader(&self) -> Result<Box<dyn LogReader>, LogError> {
        Ok(Box::new(KafkaReader::new(Arc::clone(&self.cluster), Pace::Single)?))
    }

    fn batch_reader(&self) -> Result<Box<dyn LogReader>, LogError> {
        Ok(Box::new(KafkaReader::new(Arc::clone(&self.cluster), Pace::Batch)?))
    }

    fn writer(&self, transactional_id: &str) -> Result<Box<dyn LogWriter>, LogError> {
        Ok(Box::new(KafkaWriter::new(Arc::clone(&self.cluster), transactional_id, None)?))
    }

    fn join(&self, join: &Join) -> Result<Box<dyn Membership>, LogError> {
        Ok(Box::new(KafkaMembership::join(Arc::clone(&self.cluster), join)?))
    }

    fn create_topics(&self, topics: &[TopicSpec]) -> Result<(), LogError> {
        self.cluster.create_topics(topics)
    }

    fn topics(&self) -> Result<Vec<TopicInfo>, LogError> {
        self.cluster.describe(self.cluster.topics()?)
    }

    fn offsets(&self, partitions: &[TopicPartition]) -> Result<Vec<OffsetRange>, LogError> {
        self.cluster.offsets(partitions)
    }

    fn settled_offsets(&self, partitions: &[TopicPartition]) -> Result<Vec<OffsetRange>, LogError> {
        self.cluster.settled_offsets(partitions)
    }

    fn committed(&self, group: &str, partitions: &[TopicPartition]) -> Result<Vec<Option<i64>>, LogError> {
        self.cluster.committed(group, partitions)
    }

    fn groups(&self) -> Result<Vec<GroupOffsets>, LogError> {
        self.cluster.groups()
    }

    fn delete_records(&self, partition: &TopicPartition, before_offset: i64) -> Result<(), LogError> {
        self.cluster.delete_records(partition, before_offset)
    }

    fn maintain(&self, _now_ms: i64) -> Result<(), LogError> {
        Ok(())
    }

    fn system(&self) -> &'static str {
        "kafka"
    }
}
