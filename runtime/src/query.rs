//! Interactive queries: who holds which store, here or at another instance, and reading it from any thread. Only
//! committed state is ever seen.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use tillstream_stores::{Position, TaskReader};
use tillstream_topology::Topology;

use crate::ids::TaskId;
use crate::ledger::Ledger;
use crate::partitioner::partition_for;

/// A task as queries see it.
#[derive(Clone, Debug)]
pub struct TaskView {
    /// Which task.
    pub id: TaskId,
    /// Its committed state.
    pub reader: TaskReader,
    /// Its stores.
    pub stores: Arc<[String]>,
    /// The next offset of each of its inputs, as of its last commit.
    pub position: Position,
    /// Stream time as of its last commit, epoch ms; -1 before the first record.
    pub stream_time: i64,
    /// What became of the records of its source topics, as of its last commit.
    pub ledger: Arc<Ledger>,
    /// The same of its repartition topics.
    pub internal_ledger: Arc<Ledger>,
    /// The instance that runs it, as it advertises itself; `None`: this one.
    pub owner: Option<Arc<str>>,
    /// The thread that runs it, of this instance's.
    pub thread: usize,
    /// Records processed: here since the application started, elsewhere of all time.
    pub processed: u64,
}

/// The tasks of the application, readable from any thread: those of this instance, and those of others as far as they are
/// known.
///
/// std's lock, not tokio's: it is held for a map look-up and never across an await.
#[derive(Clone, Debug)]
pub struct StoreQuery {
    here: Arc<RwLock<BTreeMap<TaskId, Arc<TaskView>>>>,
    elsewhere: Arc<RwLock<BTreeMap<TaskId, Arc<TaskView>>>>,
    plan: Arc<Plan>,
}

/// Which tasks a store is spread over; fixed by the topology.
#[derive(Debug, Default)]
struct Plan {
    /// Sub-topology by store.
    stores: BTreeMap<String, usize>,
    /// Number of tasks by sub-topology.
    partitions: BTreeMap<usize, u32>,
}

impl StoreQuery {
    pub(crate) fn new(topology: &Topology, tasks: &[TaskId]) -> Self {
        let mut plan = Plan::default();
        for sub in topology.sub_topologies() {
            let count = tasks.iter().filter(|task| task.sub_topology == sub.id).count() as u32;
            plan.partitions.insert(sub.id, count);
            plan.stores.extend(sub.stores.iter().map(|store| (store.clone(), sub.id)));
        }
        Self { here: Arc::default(), elsewhere: Arc::default(), plan: Arc::new(plan) }
    }

    pub(crate) fn publish(&self, view: TaskView) {
        self.here.write().unwrap_or_else(PoisonError::into_inner).insert(view.id, Arc::new(view));
    }

    pub(crate) fn withdraw(&self, id: TaskId) {
        self.here.write().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    pub(crate) fn publish_elsewhere(&self, view: TaskView) {
        self.elsewhere.write().unwrap_or_else(PoisonError::into_inner).insert(view.id, Arc::new(view));
    }

    pub(crate) fn withdraw_elsewhere(&self, id: TaskId) {
        self.elsewhere.write().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    /// A task of this instance; `None` while it is not here.
    pub fn here(&self, id: TaskId) -> Option<Arc<TaskView>> {
        self.here.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    fn task(&self, id: TaskId) -> Option<Arc<TaskView>> {
        let elsewhere = || self.elsewhere.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        self.here(id).or_else(elsewhere)
    }

    /// Whether no task of another instance is known: then no read leaves this process.
    pub fn is_alone(&self) -> bool {
        self.elsewhere.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// All tasks that are known, by id.
    pub fn tasks(&self) -> Vec<Arc<TaskView>> {
        let mut tasks = self.elsewhere.read().unwrap_or_else(PoisonError::into_inner).clone();
        tasks.extend(
            self.here.read().unwrap_or_else(PoisonError::into_inner).iter().map(|(id, task)| (*id, Arc::clone(task))),
        );
        tasks.into_values().collect()
    }

    /// The tasks that hold a part of `store`, by partition. Fewer than its partitions while tasks are on their way.
    pub fn holders(&self, store: &str) -> Vec<Arc<TaskView>> {
        let Some(sub_topology) = self.plan.stores.get(store).copied() else { return Vec::new() };
        let partitions = 0..self.partitions(store).unwrap_or(0);
        partitions.filter_map(|partition| self.task(TaskId { sub_topology, partition })).collect()
    }

    /// The task that holds `key` (its bytes as the store's key serde writes them, without a window) of `store`; `None`
    /// while nobody is known to have it.
    pub fn holder_of(&self, store: &str, key: &[u8]) -> Option<Arc<TaskView>> {
        let sub_topology = *self.plan.stores.get(store)?;
        self.task(TaskId { sub_topology, partition: partition_for(key, self.partitions(store)?) })
    }

    /// Number of tasks `store` is spread over.
    pub fn partitions(&self, store: &str) -> Option<u32> {
        self.plan.partitions.get(self.plan.stores.get(store)?).copied()
    }

    /// Names of all stores.
    pub fn stores(&self) -> Vec<String> {
        self.plan.stores.keys().cloned().collect()
    }

    /// What the answers correspond to: the next offset of every source partition, over all tasks.
    pub fn position(&self) -> Position {
        let mut position = Position::default();
        for task in self.tasks() {
            position.merge(&task.position);
        }
        position
    }

    /// The highest stream time of all tasks, epoch ms; -1 before the first record.
    pub fn stream_time(&self) -> i64 {
        self.tasks().iter().map(|task| task.stream_time).max().unwrap_or(-1)
    }

    /// What became of all records, by topic, all time.
    pub fn ledger(&self) -> Ledger {
        let mut sum = Ledger::new();
        for task in self.tasks() {
            for (topic, entry) in task.ledger.iter() {
                *sum.entry(topic.clone()).or_default() += *entry;
            }
        }
        sum
    }
}
