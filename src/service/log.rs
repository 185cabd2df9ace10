//! The embedded log of a data directory, and the topics in it.

use std::sync::Arc;

use anyhow::Context as _;
use tillstream_api::REPLAY_TOPIC;
use tillstream_config::{Config, Fsync};
use tillstream_processors::ShopSettings;
use tillstream_processors::shop::{ShopTopic, topics};
use tillstream_runtime::log::embedded::{EmbeddedLog, EmbeddedOptions};
use tillstream_runtime::log::{CleanupPolicy, TopicSpec};
use tillstream_stores::rocks::{Durability, Resources};

use super::resources;

/// Opens the log below the data directory, which is made if need be.
///
/// # Errors
/// When another process has it open, or the disk fails.
pub(crate) fn open_log(config: &Config, resources: &Resources) -> anyhow::Result<EmbeddedLog> {
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

/// Opens the log of a data directory that no service uses, for tools. `url` is where a service was looked for.
///
/// # Errors
/// When there is no log, or another process has it open.
pub(crate) fn open_existing_log(config: &Config, url: &str) -> anyhow::Result<EmbeddedLog> {
    let dir = config.application.data_dir.join("log");
    anyhow::ensure!(
        dir.is_dir(),
        "no service answers at {url}, and {} holds no log; name a service with --url or a directory with --data",
        config.application.data_dir.display()
    );
    open_log(config, &resources(config))
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
