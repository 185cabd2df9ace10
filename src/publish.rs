//! Publishing shop records into the log of this process.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tillstream_config::{Config, LogKind};
use tillstream_runtime::log::{Append, Log, LogError, LogWriter, PartitionOffset};
use tillstream_runtime::partitioner::partition_for;
use tillstream_shop::ShopRecord;
use tillstream_stores::Headers;

use crate::service::made_up_name;
use crate::shutdown::Shutdown;

/// Time between two looks whether a full disk has room again.
const ROOM_PAUSE: Duration = Duration::from_secs(1);

/// Configured names of the shop's topics by their default names, which is how the shop's records name them.
pub(crate) fn topic_names(config: &Config) -> BTreeMap<&'static str, String> {
    use tillstream_models::events::{ActivityEvent, Event, InventoryEvent, OrderEvent, PaymentEvent, ProductEvent};
    let topics = &config.topics;
    BTreeMap::from([
        (OrderEvent::TOPIC, topics.orders.clone()),
        (InventoryEvent::TOPIC, topics.inventory.clone()),
        (PaymentEvent::TOPIC, topics.payments.clone()),
        (ActivityEvent::TOPIC, topics.user_activity.clone()),
        (ProductEvent::TOPIC, topics.products.clone()),
    ])
}

/// Two processes that publish to one cluster are two writers: under one name the later would end the earlier. The embedded log
/// has one process at a time, and by the same name it ends what a killed one left open.
fn writer_id(config: &Config, name: &str) -> String {
    match config.log.kind {
        LogKind::Embedded => name.to_owned(),
        LogKind::Kafka => format!("{}-{name}-{}", config.application.id, made_up_name()),
    }
}

/// Appends records in transactions.
#[derive(Debug)]
pub(crate) struct LogPublisher {
    writer: Box<dyn LogWriter>,
    topics: BTreeMap<&'static str, (Arc<str>, u32)>,
    no_headers: Headers,
}

impl LogPublisher {
    /// A publisher with a transactional id of its own, which `name` is part of.
    ///
    /// # Errors
    /// When the log fails, or a topic is missing.
    pub(crate) fn new(log: &dyn Log, config: &Config, name: &str) -> anyhow::Result<Self> {
        let existing = log.topics()?;
        let mut topics = BTreeMap::new();
        for (default, name) in topic_names(config) {
            let info = existing.iter().find(|info| *info.name == *name);
            let info = info.with_context(|| format!("topic {name} does not exist"))?;
            topics.insert(default, (Arc::clone(&info.name), info.partitions));
        }
        Ok(Self { writer: log.writer(&writer_id(config, name))?, topics, no_headers: Headers::default() })
    }

    /// Adds a record to the open transaction.
    ///
    /// # Errors
    /// When the log fails, or the record's topic is none of the shop's.
    pub(crate) fn append(&mut self, record: &ShopRecord) -> anyhow::Result<()> {
        let (topic, partitions) =
            self.topics.get(record.topic).with_context(|| format!("the shop has no topic {}", record.topic))?;
        let key = record.key.as_bytes();
        self.writer.append(Append {
            topic,
            partition: partition_for(key, *partitions),
            key: Some(key),
            value: Some(&record.value),
            timestamp: record.timestamp,
            headers: &self.no_headers,
        })?;
        Ok(())
    }

    /// Commits what was appended, and with it the place `mark` of `group`. While the disk is full it waits for room; `false`
    /// when the program should stop before there was any, and nothing was committed.
    ///
    /// # Errors
    /// When the log fails; nothing of the transaction is visible then.
    pub(crate) fn commit(
        &mut self,
        mark: Option<(&str, PartitionOffset)>,
        shutdown: &Shutdown,
    ) -> anyhow::Result<bool> {
        if let Some((group, offset)) = mark {
            self.writer.send_offsets(group, &[offset])?;
        }
        let mut told = false;
        loop {
            match self.writer.commit() {
                Ok(_) => return Ok(true),
                Err(error @ LogError::Full { .. }) => {
                    if !std::mem::replace(&mut told, true) {
                        tracing::warn!(%error, "publishing waits");
                    }
                }
                Err(error) => return Err(error.into()),
            }
            if !shutdown.wait(ROOM_PAUSE) {
                self.writer.abort();
                return Ok(false);
            }
        }
    }
}
