//! How far restores are.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::ids::TaskId;
use crate::metrics::EngineMetrics;

/// Hears how far a restore is.
pub(crate) trait RestoreListener: Send + Sync + Debug {
    /// `done` of `total` records of `store` are restored.
    fn restored(&self, task: TaskId, store: &str, done: u64, total: u64);

    /// The restore of `store` will not come to its end here: the task is somebody else's.
    fn given_up(&self, task: TaskId, store: &str);
}

/// How far the restore of one store of one task is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreRestore {
    /// Offsets passed since the application started.
    pub done: u64,
    /// Offsets to pass.
    pub total: u64,
}

/// A store that is opened more than once, because its task came back, goes on where it was.
#[derive(Debug, Default)]
struct Restores {
    /// Offsets passed by earlier openings.
    before: u64,
    now: StoreRestore,
}

/// Progress of all restores since the application started, for progress bars and readiness.
#[derive(Debug)]
pub struct RestoreProgress {
    stores: Mutex<BTreeMap<(TaskId, String), Restores>>,
    metrics: EngineMetrics,
}

impl RestoreProgress {
    /// Nothing to restore yet; what comes is also told to `metrics`.
    pub(crate) fn new(metrics: EngineMetrics) -> Self {
        Self { stores: Mutex::default(), metrics }
    }

    /// Each store that had something to restore.
    pub fn stores(&self) -> Vec<(TaskId, String, StoreRestore)> {
        self.lock().iter().map(|((task, store), restores)| (*task, store.clone(), restores.sum())).collect()
    }

    /// Sum over all stores.
    pub fn total(&self) -> StoreRestore {
        self.stores().into_iter().fold(StoreRestore::default(), |sum, (_, _, restore)| StoreRestore {
            done: sum.done + restore.done,
            total: sum.total + restore.total,
        })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(TaskId, String), Restores>> {
        self.stores.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Restores {
    fn sum(&self) -> StoreRestore {
        StoreRestore { done: self.before + self.now.done, total: self.before + self.now.total }
    }
}

impl RestoreListener for RestoreProgress {
    fn restored(&self, task: TaskId, store: &str, done: u64, total: u64) {
        self.metrics.restore_remaining(task, store, total.saturating_sub(done));
        let mut stores = self.lock();
        let restores = stores.entry((task, store.to_owned())).or_default();
        if done < restores.now.done {
            restores.before += restores.now.done;
        }
        restores.now = StoreRestore { done, total };
    }

    fn given_up(&self, task: TaskId, store: &str) {
        self.metrics.restore_remaining(task, store, 0);
        if let Some(restores) = self.lock().get_mut(&(task, store.to_owned())) {
            restores.now.total = restores.now.done;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_that_comes_back_goes_on_where_it_was() -> Result<(), prometheus::Error> {
        let progress = RestoreProgress::new(EngineMetrics::new(&prometheus::Registry::new())?);
        let task = TaskId { sub_topology: 0, partition: 3 };
        for (done, total) in [(0, 10), (4, 10)] {
            progress.restored(task, "counts", done, total);
        }
        progress.given_up(task, "counts");
        assert_eq!(progress.total(), StoreRestore { done: 4, total: 4 });
        for (done, total) in [(0, 6), (6, 6), (0, 1)] {
            progress.restored(task, "counts", done, total);
        }
        assert_eq!(progress.total(), StoreRestore { done: 10, total: 11 });
        Ok(())
    }
}
