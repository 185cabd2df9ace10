//! Interactive queries: who holds which store, and reading it from any thread. Only committed state is ever seen.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use tillstream_stores::{Position, TaskReader};

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
    /// The thread that runs it.
    pub thread: usize,
    /// Records processed since the application started.
    pub processed: u64,
}

/// The tasks of this instance, readable from any thread.
///
/// std's lock, not tokio's: it is held for a map look-up and never across an await.
#[derive(Clone, Debug, Default)]
pub struct StoreQuery {
    tasks: Arc<RwLock<BTreeMap<TaskId, Arc<TaskView>>>>,
    sub_topology_tasks: Arc<RwLock<BTreeMap<usize, u32>>>,
}

impl StoreQuery {
    pub(crate) fn publish(&self, view: TaskView) {
        self.tasks.write().unwrap_or_else(PoisonError::into_inner).insert(view.id, Arc::new(view));
    }

    pub(crate) fn withdraw(&self, id: TaskId) {
        self.tasks.write().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    pub(crate) fn set_partitions(&self, sub_topology: usize, partitions: u32) {
        self.sub_topology_tasks.write().unwrap_or_else(PoisonError::into_inner).insert(sub_topology, partitions);
    }

    /// All tasks, by id.
    pub fn tasks(&self) -> Vec<Arc<TaskView>> {
        self.tasks.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// The tasks that hold a part of `store`, by partition. Fewer than its partitions while tasks are restored.
    pub fn holders(&self, store: &str) -> Vec<Arc<TaskView>> {
        self.tasks().into_iter().filter(|task| task.stores.iter().any(|name| name == store)).collect()
    }

    /// The task that holds `key` (its bytes as the store's key serde writes them, without a window) of `store`; `None`
    /// while it is not here.
    pub fn holder_of(&self, store: &str, key: &[u8]) -> Option<Arc<TaskView>> {
        let tasks = self.tasks.read().unwrap_or_else(PoisonError::into_inner);
        let any = tasks.values().find(|task| task.stores.iter().any(|name| name == store))?;
        let partitions =
            *self.sub_topology_tasks.read().unwrap_or_else(PoisonError::into_inner).get(&any.id.sub_topology)?;
        let id = TaskId { sub_topology: any.id.sub_topology, partition: partition_for(key, partitions) };
        tasks.get(&id).cloned()
    }

    /// Number of tasks `store` is spread over, whether they are here or not.
    pub fn partitions(&self, store: &str) -> Option<u32> {
        let sub = self.holders(store).first()?.id.sub_topology;
        self.sub_topology_tasks.read().unwrap_or_else(PoisonError::into_inner).get(&sub).copied()
    }

    /// Names of all stores.
    pub fn stores(&self) -> Vec<String> {
        let mut names: Vec<String> = self.tasks().iter().flat_map(|task| task.stores.to_vec()).collect();
        names.sort_unstable();
        names.dedup();
        names
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
