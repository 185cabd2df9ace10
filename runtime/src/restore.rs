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

/// Progress of all restores since the application started, for progress bars and readiness.
#[derive(Debug)]
pub struct RestoreProgress {
    stores: Mutex<BTreeMap<(TaskId, String), StoreRestore>>,
    metrics: EngineMetrics,
}

impl RestoreProgress {
    /// Nothing to restore yet; what comes is also told to `metrics`.
    pub(crate) fn new(metrics: EngineMetrics) -> Self {
        Self { stores: Mutex::default(), metrics }
    }

    /// Each store that had something to restore.
    pub fn stores(&self) -> Vec<(TaskId, String, StoreRestore)> {
        self.lock().iter().map(|((task, store), restore)| (*task, store.clone(), *restore)).collect()
    }

    /// Sum over all stores.
    pub fn total(&self) -> StoreRestore {
        self.stores().into_iter().fold(StoreRestore::default(), |sum, (_, _, restore)| StoreRestore {
            done: sum.done + restore.done,
            total: sum.total + restore.total,
        })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(TaskId, String), StoreRestore>> {
        self.stores.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RestoreListener for RestoreProgress {
    fn restored(&self, task: TaskId, store: &str, done: u64, total: u64) {
        self.metrics.restore_remaining(task, store, total.saturating_sub(done));
        self.lock().insert((task, store.to_owned()), StoreRestore { done, total });
    }

    fn given_up(&self, task: TaskId, store: &str) {
        self.metrics.restore_remaining(task, store, 0);
        self.lock().remove(&(task, store.to_owned()));
    }
}
