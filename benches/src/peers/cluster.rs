//! The broker both engines work on.

use std::sync::Arc;

use anyhow::Result;
use tillstream_kafka_broker::Broker;
use tillstream_runtime::log::kafka::{KafkaLog, KafkaOptions};
use tillstream_runtime::log::{CleanupPolicy, Log, TopicPartition, TopicSpec};
use tillstream_shop::workload::Set;

use crate::load::{PARTITIONS, fill};

/// One broker and a client of it.
pub(super) struct Cluster {
    broker: Broker,
    pub(super) log: KafkaLog,
}

impl Cluster {
    pub(super) fn start() -> Result<Self> {
        let broker = Broker::start_for_load()?;
        let log = KafkaLog::connect(KafkaOptions::new(broker.bootstrap()))?;
        Ok(Self { broker, log })
    }

    pub(super) fn bootstrap(&self) -> &str {
        self.broker.bootstrap()
    }

    /// Writes the records of a set unless an earlier part has; answers how many there are in `topics`.
    pub(super) fn fill(&self, set: Set, events: u32, topics: &[&str]) -> Result<u64> {
        let all: &[&str] = match set {
            Set::Big => &["orders-big"],
            Set::Activity => &["user-activity"],
            Set::Wide => &["user-wide"],
            Set::Commerce => &["orders", "payments", "inventory"],
        };
        let known = self.log.topics()?;
        if !all.iter().all(|topic| known.iter().any(|known| *known.name == **topic)) {
            fill(&self.log, set, events, all)?;
        }
        let partitions = partitions(topics.iter().map(|topic| (*topic).into()));
        Ok(self.log.offsets(&partitions)?.iter().map(|range| (range.end - range.start).unsigned_abs()).sum())
    }

    /// Makes topics for results.
    pub(super) fn create(&self, names: &[String]) -> Result<()> {
        let policy = CleanupPolicy::Delete { retention_ms: None };
        let spec = |name: &String| TopicSpec { name: name.as_str().into(), partitions: PARTITIONS, policy };
        Ok(self.log.create_topics(&names.iter().map(spec).collect::<Vec<_>>())?)
    }

    /// What an application writes: its internal topics and its results.
    pub(super) fn written_by(&self, app: &str) -> Result<Vec<TopicPartition>> {
        let prefix = format!("{app}-");
        let own = self.log.topics()?.into_iter().filter(|topic| topic.name.starts_with(&prefix));
        Ok(own
            .flat_map(|topic| (0..topic.partitions).map(move |n| TopicPartition::new(Arc::clone(&topic.name), n)))
            .collect())
    }

    /// MiB the broker keeps of the changelogs of an application.
    pub(super) fn changelog_mib(&self, app: &str) -> f64 {
        let bytes = self.broker.bytes_of(|topic| topic.starts_with(app) && topic.ends_with("-changelog"));
        bytes as f64 / f64::from(1 << 20)
    }
}

/// All partitions of topics of the benchmark.
pub(super) fn partitions(topics: impl Iterator<Item = Arc<str>>) -> Vec<TopicPartition> {
    topics.flat_map(|topic| (0..PARTITIONS).map(move |n| TopicPartition::new(Arc::clone(&topic), n))).collect()
}
