//! How far the partitions of a reader go, as librdkafka heard with its last fetch: no question of its own is asked.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::KafkaError;
use serde::Deserialize;
use tillstream_topology::TopicPartition;

use super::context::Context;
use super::sight::{Brokers, Sight};

/// What a reader's client says on its own account.
#[derive(Debug, Default)]
pub(super) struct ReaderContext {
    pub(super) ends: Ends,
    pub(super) sight: Sight,
    words: Context,
}

impl ClientContext for ReaderContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.words.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.words.error(error, reason);
    }

    fn stats_raw(&self, statistics: &[u8]) {
        match serde_json::from_slice::<Statistics>(statistics) {
            Ok(Statistics { topics, brokers }) => {
                self.sight.learn(&brokers);
                self.ends.learn(topics);
            }
            Err(error) => tracing::debug!(%error, "statistics of the reader"),
        }
    }
}

impl ConsumerContext for ReaderContext {}

/// Last stable offsets, by topic and partition.
#[derive(Debug, Default)]
pub(super) struct Ends(Mutex<BTreeMap<String, TopicEnds>>);

#[derive(Debug, Default, Deserialize)]
struct Statistics {
    topics: BTreeMap<String, TopicEnds>,
    brokers: Brokers,
}

#[derive(Debug, Default, Deserialize)]
struct TopicEnds {
    partitions: BTreeMap<i32, PartitionEnd>,
}

#[derive(Debug, Default, Deserialize)]
struct PartitionEnd {
    ls_offset: i64,
}

impl Ends {
    /// The end of `partition`; -1 while it is not known.
    pub(super) fn of(&self, partition: &TopicPartition) -> i64 {
        let ends = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = i32::try_from(partition.partition).unwrap_or(i32::MAX);
        ends.get(&*partition.topic).and_then(|topic| topic.partitions.get(&number)).map_or(-1, |end| end.ls_offset)
    }

    fn learn(&self, topics: BTreeMap<String, TopicEnds>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = topics;
    }
}
