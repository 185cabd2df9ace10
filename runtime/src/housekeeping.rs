//! What is done beside the processing: the log's own upkeep, and giving up the records of repartition topics that are processed.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tillstream_topology::{TopicName, TopicPartition};

use crate::thread::ThreadContext;

/// Time between two steps.
const STEP: Duration = Duration::from_millis(500);

/// Keeps house until the application stops. What goes wrong with it stops nothing else and is tried again.
pub(crate) fn keep_house(context: &ThreadContext) {
    let tasks = &context.tasks;
    let mut purge = Purge { purged: BTreeMap::new(), last_ms: tasks.clock.now_ms() };
    while !context.stop.load(Ordering::Relaxed) {
        let now = tasks.clock.now_ms();
        if let Err(error) = tasks.log.maintain(now) {
            tracing::warn!(%error, "log maintenance failed; it is tried again");
        }
        if now - purge.last_ms >= context.options.repartition_purge_interval_ms {
            purge.last_ms = now;
            purge.run(context);
        }
        std::thread::park_timeout(STEP);
    }
}

/// Deletes what is committed of the repartition topics that this instance reads (KIP-811).
struct Purge {
    /// What was deleted already: offsets in front of which there is nothing.
    purged: BTreeMap<TopicPartition, i64>,
    last_ms: i64,
}

impl Purge {
    fn run(&mut self, context: &ThreadContext) {
        for (partition, committed) in committed(context) {
            if context.stop.load(Ordering::Relaxed) {
                return;
            }
            if self.purged.get(&partition).is_some_and(|purged| *purged >= committed) {
                continue;
            }
            match context.tasks.log.delete_records(&partition, committed) {
                Ok(()) => drop(self.purged.insert(partition, committed)),
                Err(error) => tracing::debug!(%partition, %error, "not purged; it is tried again"),
            }
        }
    }
}

/// The partitions of repartition topics that tasks here read, and how far they have committed them.
fn committed(context: &ThreadContext) -> Vec<(TopicPartition, i64)> {
    let tasks = &context.tasks;
    let mut committed = Vec::new();
    for view in tasks.tasks.iter().filter_map(|id| context.query.here(*id)) {
        let topics = tasks.sub_topology(view.id).map(|sub| &sub.source_topics).into_iter().flatten();
        for topic in topics.filter(|topic| matches!(topic, TopicName::Internal(_))) {
            let partition = TopicPartition::new(topic.full(&tasks.application_id), view.id.partition);
            let next = view.position.get(&partition.topic, partition.partition);
            committed.extend(next.map(|next| (partition, next)));
        }
    }
    committed
}
