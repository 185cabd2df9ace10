//! What a topology becomes on a log: its tasks, and the topics that hold its state and what its tasks send each other.

use std::collections::BTreeMap;
use std::sync::Arc;

use tillstream_topology::{BuildErrors, SubTopology, TopicName, Topology};

use crate::error::Error;
use crate::ids::TaskId;
use crate::log::{CleanupPolicy, Log, TopicSpec};
use crate::progress::progress_topic;

/// The number of partitions of every topic of a topology.
pub(crate) fn resolve_partitions(topology: &Topology, log: &dyn Log) -> Result<BTreeMap<TopicName, u32>, Error> {
    let topics: BTreeMap<String, u32> =
        log.topics()?.into_iter().map(|topic| (topic.name.to_string(), topic.partitions)).collect();
    let resolved = topology.resolve_partitions(&|topic| topics.get(topic).copied());
    Ok(resolved.map_err(BuildErrors)?)
}

/// One task for each partition of each sub-topology: as many as its widest source topic has.
pub(crate) fn all_tasks(topology: &Topology, partitions: &BTreeMap<TopicName, u32>) -> Vec<TaskId> {
    let width = |sub: &SubTopology| sub.source_topics.iter().filter_map(|topic| partitions.get(topic)).max().copied();
    topology
        .sub_topologies()
        .iter()
        .flat_map(|sub| {
            let id = sub.id;
            (0..width(sub).unwrap_or(0)).map(move |partition| TaskId { sub_topology: id, partition })
        })
        .collect()
}

/// Every instance of a store gets the same part of the cache.
pub(crate) fn cache_bytes_per_store(topology: &Topology, tasks: &[TaskId], total: usize) -> usize {
    let stores = |task: &TaskId| topology.sub_topologies().get(task.sub_topology).map_or(0, |sub| sub.stores.len());
    total / tasks.iter().map(stores).sum::<usize>().max(1)
}

/// Repartition topics, changelogs and the progress topic. Changelogs never age by time: a record is only replaced by a newer
/// one of its key, or, where rows expire, given up once all before it are expired.
pub(crate) fn internal_topics(
    topology: &Topology,
    application_id: &str,
    partitions: &BTreeMap<TopicName, u32>,
    tasks: &[TaskId],
) -> Vec<TopicSpec> {
    let mut topics = Vec::new();
    for topic in topology.internal_topics() {
        let name = TopicName::Internal(Arc::clone(&topic.name));
        let count = partitions.get(&name).copied().unwrap_or(1);
        let policy = CleanupPolicy::Delete { retention_ms: None };
        topics.push(TopicSpec { name: name.full(application_id), partitions: count, policy });
    }
    for sub in topology.sub_topologies() {
        let count = tasks.iter().filter(|task| task.sub_topology == sub.id).count() as u32;
        for store in sub.stores.iter().filter(|store| !topology.is_source_backed(store)) {
            if let Some(name) = topology.changelog_topic(store, application_id) {
                let expires = topology.stores().any(|builder| builder.name() == store && builder.windows().is_some());
                let policy = if expires { CleanupPolicy::CompactAndDelete } else { CleanupPolicy::Compact };
                topics.push(TopicSpec { name, partitions: count, policy });
            }
        }
    }
    let count = tasks.len().max(1) as u32;
    topics.push(TopicSpec { name: progress_topic(application_id), partitions: count, policy: CleanupPolicy::Compact });
    topics
}
