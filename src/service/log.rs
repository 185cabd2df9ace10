//! The log of the configuration, embedded or Kafka, and the topics in it.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::Context as _;
use tillstream_api::REPLAY_TOPIC;
use tillstream_config::{Config, Fsync, LogKind};
use tillstream_processors::ShopSettings;
use tillstream_processors::shop::{ShopTopic, topics};
use tillstream_runtime::log::embedded::{EmbeddedLog, EmbeddedOptions};
use tillstream_runtime::log::kafka::{GroupProtocol, KafkaLog, KafkaOptions};
use tillstream_runtime::log::{CleanupPolicy, Log, TopicSpec};
use tillstream_stores::rocks::{Durability, Resources};

use super::resources;

/// The largest record a broker takes as it comes.
const KAFKA_RECORD_BYTES: usize = 1_000_000;

/// The log of the configuration, opened.
#[derive(Clone, Debug)]
pub(crate) enum OpenLog {
    Embedded(EmbeddedLog),
    Kafka(KafkaLog),
}

impl OpenLog {
    /// Opens the log below the data directory, which is made if need be, or connects to the cluster.
    ///
    /// # Errors
    /// When another process has the directory open, or the disk fails; when no broker answers.
    pub(crate) fn open(config: &Config, resources: &Resources) -> anyhow::Result<Self> {
        Ok(match config.log.kind {
            LogKind::Embedded => Self::Embedded(open_embedded(config, resources)?),
            LogKind::Kafka => Self::Kafka(KafkaLog::connect(kafka_options(config))?),
        })
    }

    /// The log as everybody else knows it.
    pub(crate) fn shared(&self) -> Arc<dyn Log> {
        match self {
            Self::Embedded(log) => Arc::new(log.clone()),
            Self::Kafka(log) => Arc::new(log.clone()),
        }
    }

    /// The largest record it takes.
    pub(crate) fn record_max_bytes(&self, config: &Config) -> usize {
        let most = config.log.max_record_bytes.as_usize();
        match self {
            Self::Embedded(_) => most,
            Self::Kafka(_) => most.min(KAFKA_RECORD_BYTES),
        }
    }

    /// Creates the topics that are missing. Of a cluster's topics that exist the shape is left to those who made them.
    ///
    /// # Errors
    /// When a topic of the embedded log has another shape; when the log fails.
    pub(crate) fn create_topics(&self, specs: Vec<TopicSpec>) -> anyhow::Result<()> {
        let mut missing = specs;
        if let Self::Kafka(log) = self {
            let known: BTreeSet<Arc<str>> = log.topics()?.into_iter().map(|topic| topic.name).collect();
            missing.retain(|spec| !known.contains(&spec.name));
        }
        Ok(self.shared().create_topics(&missing)?)
    }
}

fn open_embedded(config: &Config, resources: &Resources) -> anyhow::Result<EmbeddedLog> {
    let dir = config.application.data_dir.join("log");
    std::fs::create_dir_all(&dir).with_context(|| {
        format!("cannot make {}; choose another data directory with --data, or application.data_dir", dir.display())
    })?;
    let durability = match config.log.fsync {
        Fsync::Commit => Durability::Sync,
        Fsync::Interval | Fsync::Never => Durability::NoSync,
    };
    let options = EmbeddedOptions {
        durability,
        batch_bytes: config.log.batch_max_bytes.as_usize(),
        max_record_bytes: config.log.max_record_bytes.as_usize(),
        fetch_bytes: config.streams.fetch_max_bytes.as_usize(),
        ..EmbeddedOptions::default()
    };
    Ok(EmbeddedLog::open(&dir, options, resources.clone())?)
}

fn kafka_options(config: &Config) -> KafkaOptions {
    let kafka = &config.kafka;
    KafkaOptions {
        replication_factor: if kafka.replication_factor == 0 {
            -1
        } else {
            i32::try_from(kafka.replication_factor).unwrap_or(-1)
        },
        transaction_timeout: kafka.transaction_timeout.as_duration(),
        session_timeout: kafka.session_timeout.as_duration(),
        static_membership: kafka.static_membership,
        group_protocol: match kafka.group_protocol {
            tillstream_config::GroupProtocol::Classic => GroupProtocol::Classic,
            tillstream_config::GroupProtocol::Consumer => GroupProtocol::Consumer,
        },
        fetch_bytes: config.streams.fetch_max_bytes.as_usize(),
        partition_fetch_bytes: kafka.max_partition_fetch_bytes.as_usize(),
        read_ahead_bytes: kafka.read_ahead_max_bytes.as_usize(),
        max_record_bytes: config.log.max_record_bytes.as_usize().min(KAFKA_RECORD_BYTES),
        client: kafka.client.clone(),
        ..KafkaOptions::new(kafka.bootstrap_servers.clone())
    }
}

/// Opens the log for tools, while no service has it. `url` is where a service was looked for.
///
/// # Errors
/// When there is no log, or another process has it open; when no broker answers.
pub(crate) fn open_existing_log(config: &Config, url: &str) -> anyhow::Result<Arc<dyn Log>> {
    let dir = config.application.data_dir.join("log");
    anyhow::ensure!(
        config.log.kind == LogKind::Kafka || dir.is_dir(),
        "no service answers at {url}, and {} holds no log; name a service with --url, a directory with --data or a \
         cluster with --kafka",
        config.application.data_dir.display()
    );
    Ok(OpenLog::open(config, &resources(config))?.shared())
}

/// The topics the shop reads and writes, and the one a replay marks its place in.
pub(crate) fn topic_specs(config: &Config, settings: &ShopSettings) -> Vec<TopicSpec> {
    let spec = |ShopTopic { name, compacted }: ShopTopic| {
        let retention_ms = config.log.retention_of(&name).limit().map(tillstream_config::Millis::get);
        let policy = if compacted { CleanupPolicy::Compact } else { CleanupPolicy::Delete { retention_ms } };
        TopicSpec { name: name.into(), partitions: config.log.partitions, policy }
    };
    let mut specs: Vec<TopicSpec> = topics(settings).into_iter().map(spec).collect();
    let policy = CleanupPolicy::Delete { retention_ms: None };
    specs.push(TopicSpec { name: Arc::from(REPLAY_TOPIC), partitions: 1, policy });
    specs
}
