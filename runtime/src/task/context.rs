//! What all tasks of an application share, and what follows from it for one of them: names, partitions, directories.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use tillstream_stores::rocks::Resources;
use tillstream_stores::{StoreBuilder, TaskState, quarantine};
use tillstream_topology::execution::{Scope, TaskGraph};
use tillstream_topology::{SubTopology, TopicPartition, Topology};

use crate::clock::Clock;
use crate::error::Error;
use crate::ids::TaskId;
use crate::log::{Log, LogError};
use crate::progress::{Progress, progress_topic};
use crate::restore::RestoreListener;
use crate::standby::Claims;
use crate::trace::{Hops, SpanExporter};

/// What all tasks of an application share.
#[derive(Debug)]
pub(crate) struct TaskContext {
    pub(crate) log: Arc<dyn Log>,
    pub(crate) topology: Topology,
    pub(crate) application_id: String,
    /// Parent of the tasks' state directories; `None` keeps all state in memory.
    pub(crate) state_dir: Option<PathBuf>,
    pub(crate) resources: Resources,
    /// Committed rows each store keeps at hand.
    pub(crate) cache_bytes_per_store: usize,
    /// Partitions of all topics by full name, filled when first asked for.
    pub(crate) sinks: RwLock<BTreeMap<Arc<str>, u32>>,
    /// All tasks, in order; the place of a task is its partition of the progress topic.
    pub(crate) tasks: Vec<TaskId>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) restore: Arc<dyn RestoreListener>,
    /// Which tasks run in this process, and of which it keeps a standby.
    pub(crate) claims: Arc<Claims>,
    /// Who wants to hear of spans; `None`: none are made.
    pub(crate) spans: Option<Arc<dyn SpanExporter>>,
}

impl TaskContext {
    pub(crate) fn sub_topology(&self, id: TaskId) -> Option<&SubTopology> {
        self.topology.sub_topologies().get(id.sub_topology)
    }

    /// What makes the spans of a task.
    pub(crate) fn hops(&self, id: TaskId) -> Option<Hops> {
        let exporter = Arc::clone(self.spans.as_ref()?);
        Some(Hops::new(exporter, Arc::clone(&self.clock), self.log.system(), &self.application_id, id))
    }

    /// Number of partitions of a topic the application writes (its full name).
    pub(crate) fn partitions_of(&self, topic: &Arc<str>) -> Result<u32, LogError> {
        let known = self.sinks.read().unwrap_or_else(PoisonError::into_inner).get(topic).copied();
        if let Some(partitions) = known {
            return Ok(partitions);
        }
        let topics = self.log.topics()?;
        let mut sinks = self.sinks.write().unwrap_or_else(PoisonError::into_inner);
        sinks.extend(topics.into_iter().map(|info| (info.name, info.partitions)));
        let unknown = || LogError::UnknownTopic(TopicPartition::new(Arc::clone(topic), 0));
        sinks.get(topic).copied().ok_or_else(unknown)
    }

    /// The task's partition of the progress topic.
    pub(crate) fn progress_partition(&self, id: TaskId) -> TopicPartition {
        let place = self.tasks.iter().position(|task| *task == id).unwrap_or_default();
        TopicPartition::new(progress_topic(&self.application_id), place as u32)
    }

    /// The same of several.
    pub(crate) fn progress_partitions(&self, ids: &[TaskId]) -> Vec<TopicPartition> {
        ids.iter().map(|id| self.progress_partition(*id)).collect()
    }

    /// Number of tasks that write into the repartition topic `topic` (its full name).
    fn senders(&self, topic: &str) -> u32 {
        let writes = |sub: &SubTopology| sub.sink_topics.iter().any(|sink| *sink.full(&self.application_id) == *topic);
        let writers: Vec<usize> =
            self.topology.sub_topologies().iter().filter(|sub| writes(sub)).map(|sub| sub.id).collect();
        self.tasks.iter().filter(|task| writers.contains(&task.sub_topology)).count() as u32
    }

    /// The input partitions of a task.
    pub(crate) fn inputs_of(&self, id: TaskId) -> impl Iterator<Item = TopicPartition> + '_ {
        let topics = self.sub_topology(id).map(|sub| &sub.source_topics).into_iter().flatten();
        topics.map(move |topic| TopicPartition::new(topic.full(&self.application_id), id.partition))
    }

    /// Every input partition of the application.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = TopicPartition> + '_ {
        self.tasks.iter().flat_map(|id| self.inputs_of(*id))
    }

    /// Wires the operators on committed state, with the clocks as committed.
    pub(crate) fn wire(&self, id: TaskId, state: TaskState, progress: &Progress) -> Result<TaskGraph, Error> {
        let sub = self.sub_topology(id).map(std::slice::from_ref).unwrap_or_default();
        let scope = Scope { sub_topologies: sub, partition: id.partition, application_id: &self.application_id };
        let mut graph = TaskGraph::wire(&self.topology, scope, state, progress.times.clone(), self.clock.now_ms())?;
        progress.observed.tell(graph.stores());
        graph.stores().iter().for_each(|store| store.borrow_mut().limit_cache(self.cache_bytes_per_store));
        for input in 0..graph.inputs().len() {
            let Some(topic) =
                graph.inputs().get(input).filter(|input| input.internal).map(|input| Arc::clone(&input.topic))
            else {
                continue;
            };
            graph.expect_senders(input, self.senders(&topic));
        }
        Ok(graph)
    }

    fn state_path(&self, id: TaskId) -> Option<PathBuf> {
        self.state_dir.as_ref().map(|dir| dir.join(id.to_string()))
    }

    /// What makes the stores of a task.
    pub(crate) fn builders(&self, id: TaskId) -> Vec<Arc<dyn StoreBuilder>> {
        let Some(sub) = self.sub_topology(id) else { return Vec::new() };
        self.topology.stores().filter(|store| sub.stores.contains(store.name())).cloned().collect()
    }

    /// Opens the state directory. One that is damaged, or wrong as `judge` says, is set aside under another name for a person to
    /// look at, and the state is restored from the changelogs: it is never served and never deleted.
    pub(crate) fn open_state(
        &self,
        id: TaskId,
        judge: impl FnOnce(&TaskState) -> Option<String>,
    ) -> Result<TaskState, Error> {
        let builders = self.builders(id);
        let path = self.state_path(id);
        let reason = match TaskState::open(path.as_deref(), &builders, &self.resources) {
            Ok(state) => match judge(&state) {
                None => return Ok(state),
                Some(reason) => {
                    state.close();
                    reason
                }
            },
            Err(error) if error.is_damaged() => error.to_string(),
            Err(error) => return Err(error.into()),
        };
        self.set_aside(id, &reason)?;
        Ok(TaskState::open(path.as_deref(), &builders, &self.resources)?)
    }

    /// Moves a task's state directory out of the way.
    pub(crate) fn set_aside(&self, id: TaskId, reason: &str) -> Result<(), Error> {
        if let Some(path) = self.state_path(id) {
            let aside = quarantine(&path)?;
            tracing::error!(task = %id, %reason, aside = %aside.display(), "state set aside; restoring from the changelogs");
        }
        Ok(())
    }

    /// The changelog partition of a task's store, unless the store is not logged.
    pub(crate) fn changelog_partition(&self, id: TaskId, store: &str) -> Option<TopicPartition> {
        let topic = self.topology.changelog_topic(store, &self.application_id)?;
        Some(TopicPartition::new(topic, id.partition))
    }

    /// The changelog partitions of a task.
    pub(crate) fn changelogs_of(&self, id: TaskId) -> impl Iterator<Item = TopicPartition> + '_ {
        let stores = self.sub_topology(id).map(|sub| &sub.stores).into_iter().flatten();
        stores.filter_map(move |store| self.changelog_partition(id, store))
    }

    /// The offset up to which the state on disk has what is restored into a store: where a source topic stands in for the
    /// changelog, what was processed of it is there, too.
    pub(crate) fn restored_to(&self, state: &TaskState, store: &str, changelog: &TopicPartition) -> i64 {
        let source = self.topology.is_source_backed(store);
        let processed = source.then(|| state.position().get(&changelog.topic, changelog.partition)).flatten();
        state.changelog_offset(store).max(processed).unwrap_or(0)
    }

    /// Every partition that a thread of the application writes in its transactions.
    pub(crate) fn written(&self, dead_letters: &Arc<str>) -> Result<Vec<TopicPartition>, LogError> {
        let mut topics: BTreeSet<Arc<str>> = [progress_topic(&self.application_id), Arc::clone(dead_letters)].into();
        for sub in self.topology.sub_topologies() {
            topics.extend(sub.sink_topics.iter().map(|topic| topic.full(&self.application_id)));
            let logged = sub.stores.iter().filter(|store| !self.topology.is_source_backed(store));
            topics.extend(logged.filter_map(|store| self.topology.changelog_topic(store, &self.application_id)));
        }
        let mut partitions = Vec::new();
        for topic in topics {
            let count = self.partitions_of(&topic)?;
            partitions.extend((0..count).map(|partition| TopicPartition::new(Arc::clone(&topic), partition)));
        }
        Ok(partitions)
    }
}
