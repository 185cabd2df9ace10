//! Interactive queries: who holds which store, here or at another instance, and reading it from any thread. Only
//! committed state is ever seen.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use tillstream_stores::{ObservedTimes, Position, TaskReader};
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
    /// The times that the retention of its stores counts from, as of its last commit.
    pub observed: Arc<ObservedTimes>,
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
    /// How far behind its owner this copy is; `None`: it is the owner's own state.
    pub staleness: Option<Staleness>,
}

/// How old the state of a standby is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Staleness {
    /// Changelog records it lacks, as far as it knows.
    pub records: u64,
    /// All that was committed by then is in it, epoch ms.
    pub as_of_ms: i64,
}

/// The tasks of the application, readable from any thread: those of this instance, and those of others as far as they are
/// known.
#[derive(Clone, Debug)]
pub struct StoreQuery {
    here: Views,
    elsewhere: Views,
    standbys: Views,
    /// Whether a standby here is asked before the owner elsewhere.
    allows_stale: bool,
    plan: Arc<Plan>,
}

/// Tasks by id.
///
/// std's lock, not tokio's: it is held for a map look-up and never across an await.
#[derive(Clone, Debug, Default)]
struct Views(Arc<RwLock<BTreeMap<TaskId, Arc<TaskView>>>>);

impl Views {
    fn insert(&self, view: TaskView) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(view.id, Arc::new(view));
    }

    fn remove(&self, id: TaskId) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    fn get(&self, id: TaskId) -> Option<Arc<TaskView>> {
        self.read().get(&id).cloned()
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<TaskId, Arc<TaskView>>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
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
        let (here, elsewhere, standbys) = Default::default();
        Self { here, elsewhere, standbys, allows_stale: false, plan: Arc::new(plan) }
    }

    /// The same tasks for whoever takes an older answer over none: what this instance keeps a standby of is read here, whether
    /// or not its owner could be asked. [`StoreQuery::staleness`] tells how old the answers may be.
    #[must_use]
    pub fn allowing_stale(&self) -> Self {
        Self { allows_stale: true, ..self.clone() }
    }

    /// How old answers may be at most, over all standbys that are read in place of their owners; `None`: none is.
    pub fn staleness(&self) -> Option<Staleness> {
        let all = self.tasks().into_iter().filter_map(|task| task.staleness);
        all.reduce(|one, other| Staleness {
            records: one.records + other.records,
            as_of_ms: one.as_of_ms.min(other.as_of_ms),
        })
    }

    pub(crate) fn publish(&self, view: TaskView) {
        self.here.insert(view);
    }

    pub(crate) fn withdraw(&self, id: TaskId) {
        self.here.remove(id);
    }

    pub(crate) fn publish_elsewhere(&self, view: TaskView) {
        self.elsewhere.insert(view);
    }

    pub(crate) fn withdraw_elsewhere(&self, id: TaskId) {
        self.elsewhere.remove(id);
    }

    /// The tasks of other instances, by id.
    pub(crate) fn elsewhere(&self) -> Vec<Arc<TaskView>> {
        self.elsewhere.read().values().cloned().collect()
    }

    pub(crate) fn publish_standby(&self, view: TaskView) {
        self.standbys.insert(view);
    }

    pub(crate) fn withdraw_standby(&self, id: TaskId) {
        self.standbys.remove(id);
    }

    /// A task of this instance; `None` while it is not here.
    pub fn here(&self, id: TaskId) -> Option<Arc<TaskView>> {
        self.here.get(id)
    }

    /// The standbys of this instance that have caught up at least once, by id.
    pub fn standbys(&self) -> Vec<Arc<TaskView>> {
        self.standbys.read().values().cloned().collect()
    }

    fn task(&self, id: TaskId) -> Option<Arc<TaskView>> {
        let standby = || self.standbys.get(id).filter(|_| self.allows_stale);
        self.here(id).or_else(standby).or_else(|| self.elsewhere.get(id))
    }

    /// Whether no task of another instance is known: then no read leaves this process.
    pub fn is_alone(&self) -> bool {
        self.elsewhere.read().is_empty()
    }

    /// All tasks that are known, by id.
    pub fn tasks(&self) -> Vec<Arc<TaskView>> {
        let mut tasks = self.elsewhere.read().clone();
        if self.allows_stale {
            tasks.extend(self.standbys.read().iter().map(|(id, task)| (*id, Arc::clone(task))));
        }
        tasks.extend(self.here.read().iter().map(|(id, task)| (*id, Arc::clone(task))));
        tasks.into_values().collect()
    }

    /// The tasks that hold a part of `store`, by partition. Fewer than its partitions while tasks are on their way.
    pub fn holders(&self, store: &str) -> Vec<Arc<TaskView>> {
        let Some(sub_topology) = self.plan.stores.get(store).copied() else { return Vec::new() };
        let partitions = 0..self.partitions(store).unwrap_or(0);
        partitions.filter_map(|partition| self.task(TaskId { sub_topology, partition })).collect()
    }

    /// All tasks that hold a part of `store`, by partition; `None` while one of them is not known.
    pub fn all_holders(&self, store: &str) -> Option<Vec<Arc<TaskView>>> {
        let holders = self.holders(store);
        self.are_all(store, &holders).then_some(holders)
    }

    /// Whether these, of one look with [`StoreQuery::holders`], are all tasks that hold a part of `store`.
    pub fn are_all(&self, store: &str, holders: &[Arc<TaskView>]) -> bool {
        self.partitions(store).is_some_and(|all| holders.len() as u64 == u64::from(all))
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

    /// What became of all records, by topic, all time: of the tasks that are known.
    pub fn ledger(&self) -> Ledger {
        sum_of(&self.tasks())
    }

    /// The same of all tasks; `None` while one is opened or moved, whose part would be lacking.
    pub fn whole_ledger(&self) -> Option<Ledger> {
        self.all_tasks().map(|tasks| sum_of(&tasks))
    }

    /// Whether all tasks are open, here or elsewhere.
    pub fn is_whole(&self) -> bool {
        self.all_tasks().is_some()
    }

    fn all_tasks(&self) -> Option<Vec<Arc<TaskView>>> {
        let tasks = self.tasks();
        let all: u64 = self.plan.partitions.values().copied().map(u64::from).sum();
        (tasks.len() as u64 == all).then_some(tasks)
    }
}

fn sum_of(tasks: &[Arc<TaskView>]) -> Ledger {
    let mut sum = Ledger::new();
    for task in tasks {
        // Whether a task has an entry for a topic that nothing came from depends on when it was opened.
        for (topic, entry) in task.ledger.iter().filter(|(_, entry)| entry.consumed > 0) {
            *sum.entry(topic.clone()).or_default() += *entry;
        }
    }
    sum
}
