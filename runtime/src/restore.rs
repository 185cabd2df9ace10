//! How far restores are.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};

use crate::ids::TaskId;

/// Hears how far a restore is.
pub(crate) trait RestoreListener: Send + Sync + Debug {
    /// `done` of `total` records of `store` are restored.
    fn restored(&self, task: TaskId, store: &str, done: u64, total: u64);
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
#[derive(Debug, Default)]
pub struct RestoreProgress(Mutex<BTreeMap<(TaskId, String), StoreRestore>>);

impl RestoreProgress {
    /// Each store that had something to restore.
    pub fn stores(&self) -> Vec<(TaskId, String, StoreRestore)> {
        let stores = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stores.iter().map(|((task, store), restore)| (*task, store.clone(), *restore)).collect()
    }

    /// Sum over all stores.
    pub fn total(&self) -> StoreRestore {
        self.stores().into_iter().fold(StoreRestore::default(), |sum, (_, _, restore)| StoreRestore {
            done: sum.done + restore.done,
            total: sum.total + restore.total,
        })
    }
}

impl RestoreListener for RestoreProgress {
    fn restored(&self, task: TaskId, store: &str, done: u64, total: u64) {
        let mut stores = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stores.insert((task, store.to_owned()), StoreRestore { done, total });
    }
}
