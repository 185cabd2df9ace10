//! Restore: bring a task's stores up to the end of their changelogs. After a crash that is the tail of one transaction; after the
//! loss of the state directory it is everything.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tillstream_topology::execution::TaskGraph;
use tillstream_topology::{RawRecord, TopicPartition};

use crate::error::Error;
use crate::ids::TaskId;
use crate::log::{Log, LogReader};
use crate::task::TaskContext;

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

/// Reads partitions from an offset to their present end.
pub(crate) struct Tail<'a> {
    log: &'a dyn Log,
    reader: Box<dyn LogReader>,
}

impl<'a> Tail<'a> {
    pub(crate) fn new(log: &'a dyn Log) -> Result<Self, Error> {
        Ok(Self { reader: log.reader()?, log })
    }

    /// Hands the records of `[from, end)` to `take` batch by batch, each with the offset behind it; answers the end.
    pub(crate) fn read(
        &mut self,
        partition: &TopicPartition,
        from: i64,
        take: &mut dyn FnMut(Vec<RawRecord>, i64) -> Result<(), Error>,
    ) -> Result<i64, Error> {
        let range = self.log.settled_offsets(std::slice::from_ref(partition))?;
        let Some(range) = range.first().copied() else { return Ok(from) };
        let mut next = from.max(range.start);
        if next >= range.end {
            return Ok(range.end);
        }
        self.reader.assign(partition, next)?;
        while next < range.end {
            for fetched in self.reader.poll(Duration::from_millis(100))? {
                next = fetched.next_offset;
                take(fetched.records, next)?;
            }
        }
        self.reader.unassign(partition);
        Ok(next)
    }
}

/// Restores every logged store of a task.
pub(crate) fn restore_stores(
    context: &TaskContext,
    id: TaskId,
    graph: &mut TaskGraph,
    tail: &mut Tail<'_>,
) -> Result<(), Error> {
    let stores = graph.stores().to_vec();
    for store in stores {
        let name = store.borrow().name().to_owned();
        let Some(topic) = context.topology.changelog_topic(&name, &context.application_id) else { continue };
        let partition = TopicPartition::new(topic, id.partition);
        let known = graph.state().changelog_offset(&name);
        let end = context.log.settled_offsets(std::slice::from_ref(&partition))?.first().map_or(0, |range| range.end);
        let from = known.unwrap_or(0);
        let total = (end - from).max(0) as u64;
        if total == 0 {
            continue;
        }
        tracing::info!(task = %id, store = %name, from, end, "restoring");
        tail.read(&partition, from, &mut |records, next| {
            graph.state_mut().restore(&store, &records_of(&records), next)?;
            context.restore.restored(id, &name, (next - from).max(0) as u64, total);
            Ok(())
        })?;
    }
    Ok(())
}

/// The parts of records that stores restore from.
fn records_of(records: &[RawRecord]) -> Vec<tillstream_stores::RestoreRecord<'_>> {
    records
        .iter()
        .filter_map(|record| {
            Some(tillstream_stores::RestoreRecord {
                key: record.key.as_deref()?,
                value: record.value.as_deref(),
                timestamp: record.timestamp,
            })
        })
        .collect()
}
