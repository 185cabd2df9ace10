//! A commit in the making: encoded, not yet applied.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use crate::Headers;
use crate::rocks::{Batch, Database, Run};
use crate::table::Table;

/// A record for the changelog of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangelogRecord {
    /// Name of the store.
    pub store: Arc<str>,
    /// Key in the changelog's layout.
    pub key: Bytes,
    /// Plain value; `None` deletes.
    pub value: Option<Bytes>,
    /// Event time of the value or of the deletion, epoch ms.
    pub timestamp: i64,
    /// Headers of the write.
    pub headers: Headers,
}

/// A changelog record as it is read back.
#[derive(Clone, Copy, Debug)]
pub struct RestoreRecord<'a> {
    /// Key in the changelog's layout.
    pub key: &'a [u8],
    /// Plain value; `None` deletes.
    pub value: Option<&'a [u8]>,
    /// Event time, epoch ms.
    pub timestamp: i64,
}

impl<'a> RestoreRecord<'a> {
    /// By key; records of one key stay in their order. Neighbours come into a memtable several times as fast as strangers:
    /// the way to the place of one leads to the place of the next.
    pub(crate) fn by_key(records: &[Self]) -> Vec<Self> {
        let mut sorted = records.to_vec();
        sorted.sort_by_key(|record| record.key);
        sorted
    }
}

/// Everything written since the last commit, encoded. First [`Staged::changelog`] is appended to the log; once the log's
/// transaction is known to be committed, the whole is handed to [`TaskState::apply`](crate::TaskState::apply).
#[derive(Debug)]
pub struct Staged {
    /// Records to append, store by store, each store's in the order of its writes.
    pub changelog: Vec<ChangelogRecord>,
    pub(crate) writes: RestoreBatch,
}

impl Staged {
    /// Bytes the batch takes.
    #[must_use]
    pub fn byte_size(&self) -> usize {
        self.writes.batch.as_ref().map_or(0, Batch::byte_size)
    }
}

pub(crate) enum MemoryWrite {
    Put(usize, Box<[u8]>, Box<[u8]>),
    Delete(usize, Box<[u8]>),
    DeleteRange(usize, Vec<u8>, Vec<u8>),
}

/// Writes to committed tables that become visible together.
pub struct RestoreBatch {
    pub(crate) batch: Option<Batch>,
    /// Where it is there, it takes the rows of tables on disk.
    pub(crate) run: Option<Run>,
    pub(crate) memory: Vec<MemoryWrite>,
}

impl RestoreBatch {
    pub(crate) fn new(database: Option<&Arc<Database>>) -> Self {
        Self { batch: database.map(|database| database.batch()), run: None, memory: Vec::new() }
    }

    /// For a store whose table is on disk, and filled anew.
    pub(crate) fn collecting(run: Run) -> Self {
        Self { batch: None, run: Some(run), memory: Vec::new() }
    }

    /// Sets (`Some`) or removes (`None`) a row.
    pub(crate) fn write(&mut self, table: &Table, key: &[u8], value: Option<&[u8]>) {
        match (table, value, &mut self.batch) {
            (Table::Rocks { .. }, value, None) => {
                // A table on disk comes from a state that has a database: then there is a batch, or a run.
                self.run.iter_mut().for_each(|run| run.push(key, value));
            }
            (Table::Rocks { column, .. }, Some(value), Some(batch)) => batch.put(column, key, value),
            (Table::Rocks { column, .. }, None, Some(batch)) => batch.delete(column, key),
            (Table::Memory { index, .. }, Some(value), _) => {
                self.memory.push(MemoryWrite::Put(*index, key.into(), value.into()));
            }
            (Table::Memory { index, .. }, None, _) => self.memory.push(MemoryWrite::Delete(*index, key.into())),
        }
    }

    /// Removes the rows from `from` up to, but without, `to`.
    pub(crate) fn delete_range(&mut self, table: &Table, from: &[u8], to: &[u8]) {
        match (table, &mut self.batch) {
            (Table::Rocks { column, .. }, Some(batch)) => batch.delete_range(column, from, to),
            (Table::Memory { index, .. }, _) => {
                self.memory.push(MemoryWrite::DeleteRange(*index, from.to_vec(), to.to_vec()));
            }
            (Table::Rocks { .. }, None) => {}
        }
    }
}

impl fmt::Debug for RestoreBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RestoreBatch").field("batch", &self.batch).field("memory", &self.memory.len()).finish()
    }
}
