//! What is done beside the processing: the log's own upkeep, and giving up records that nobody needs any more: of repartition
//! topics what is processed, of changelogs what lies before the first row that is not expired.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tillstream_topology::{TopicName, TopicPartition};

use crate::query::TaskView;
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

/// Deletes the beginnings of the partitions that belong to the tasks of this instance.
struct Purge {
    /// What was deleted already: offsets in front of which there is nothing.
    purged: BTreeMap<TopicPartition, i64>,
    last_ms: i64,
}

impl Purge {
    fn run(&mut self, context: &ThreadContext) {
        for view in context.tasks.tasks.iter().filter_map(|id| context.query.here(*id)) {
            for (partition, needed) in processed(context, &view).into_iter().chain(expired(context, &view)) {
                if context.stop.load(Ordering::Relaxed) {
                    return;
                }
                if self.purged.get(&partition).is_some_and(|purged| *purged >= needed) {
                    continue;
                }
                match context.tasks.log.delete_records(&partition, needed) {
                    Ok(()) => drop(self.purged.insert(partition, needed)),
                    Err(error) => tracing::debug!(%partition, %error, "not purged; it is tried again"),
                }
            }
        }
    }
}

/// The partitions of repartition topics that a task reads, and how far it has committed them.
fn processed(context: &ThreadContext, view: &TaskView) -> Vec<(TopicPartition, i64)> {
    let tasks = &context.tasks;
    let topics = tasks.sub_topology(view.id).map(|sub| &sub.source_topics).into_iter().flatten();
    let internal = topics.filter(|topic| matches!(topic, TopicName::Internal(_)));
    let processed = internal.filter_map(|topic| {
        let partition = TopicPartition::new(topic.full(&tasks.application_id), view.id.partition);
        let next = view.position.get(&partition.topic, partition.partition)?;
        Some((partition, next))
    });
    processed.collect()
}

/// The changelogs of a task in which rows expire, and from where on there is one that has not.
fn expired(context: &ThreadContext, view: &TaskView) -> Vec<(TopicPartition, i64)> {
    let tasks = &context.tasks;
    let starts = view.reader.snapshot(|snapshot| {
        let start_of = |store: &String| {
            let start =
                snapshot.changelog_start(store).ok().flatten().filter(|_| !tasks.topology.is_source_backed(store))?;
            Some((tasks.changelog_partition(view.id, store)?, start))
        };
        view.stores.iter().filter_map(start_of).collect()
    });
    // A task that is closed meanwhile is somebody else's to look after.
    starts.unwrap_or_default()
}
