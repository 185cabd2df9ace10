//! How far restores are, and finding a partition's newest record.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tillstream_topology::{RawRecord, TopicPartition};

use crate::error::Error;
use crate::ids::TaskId;
use crate::log::{Log, LogReader};

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

/// The newest record of a partition, looked for from its end: at most `known` records back where that offset was seen
/// before, else ever further. Transaction markers take offsets too, so the newest record need not be the last offset.
pub(crate) fn last_record(
    log: &dyn Log,
    partition: &TopicPartition,
    known: Option<i64>,
) -> Result<Option<RawRecord>, Error> {
    let Some(range) = log.offsets(std::slice::from_ref(partition))?.first().copied() else { return Ok(None) };
    let mut reader = log.reader()?;
    let mut back = known.map_or(FIRST_LOOK, |known| range.end - known + 1);
    while range.start < range.end {
        let from = (range.end - back.max(1)).max(range.start);
        let last = last_of(&mut *reader, partition, from, range.end)?;
        if last.is_some() || from == range.start {
            return Ok(last);
        }
        back = back.saturating_mul(8);
    }
    Ok(None)
}

/// Offsets before the end that are looked at first.
const FIRST_LOOK: i64 = 16;

/// The last record of `[from, end)`.
fn last_of(
    reader: &mut dyn LogReader,
    partition: &TopicPartition,
    from: i64,
    end: i64,
) -> Result<Option<RawRecord>, Error> {
    let (mut next, mut last) = (from, None);
    reader.assign(partition, from)?;
    while next < end {
        for mut fetched in reader.poll(Duration::from_millis(100))? {
            next = fetched.next_offset;
            last = fetched.records.pop().or(last);
        }
    }
    Ok(last)
}
