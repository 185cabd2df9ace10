//! Writes that become visible together.

use std::fmt;
use std::sync::Arc;

use rocksdb::{ColumnFamily, WriteBatch};

use super::Db;

/// A set of writes to any columns of one database, applied together or not at all by
/// [`Database::write`](super::Database::write). Later writes to a key win. A column that does not exist is remembered
/// and makes the write fail.
pub struct Batch {
    pub(super) writes: WriteBatch,
    pub(super) unknown_column: Option<String>,
    db: Arc<Db>,
}

impl Batch {
    pub(super) fn new(db: Arc<Db>) -> Self {
        Self { writes: WriteBatch::default(), unknown_column: None, db }
    }

    /// Sets `key` to `value`.
    pub fn put(&mut self, column: &str, key: &[u8], value: &[u8]) {
        match self.db.cf_handle(column) {
            Some(family) => self.writes.put_cf(family, key, value),
            None => self.note_unknown(column),
        }
    }

    /// Removes `key`; one that is absent stays absent.
    pub fn delete(&mut self, column: &str, key: &[u8]) {
        match self.db.cf_handle(column) {
            Some(family) => self.writes.delete_cf(family, key),
            None => self.note_unknown(column),
        }
    }

    /// Removes the keys from `from` up to, but without, `to`; costs one entry however many keys there are. An empty
    /// range does nothing.
    pub fn delete_range(&mut self, column: &str, from: &[u8], to: &[u8]) {
        if from >= to {
            return;
        }
        match self.db.cf_handle(column) {
            Some(family) => delete_range(&mut self.writes, family, from, to),
            None => self.note_unknown(column),
        }
    }

    /// Number of writes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.writes.len()
    }

    /// Whether nothing is to be written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// Bytes the batch takes in memory and in the write-ahead log.
    #[must_use]
    pub fn byte_size(&self) -> usize {
        self.writes.size_in_bytes()
    }

    fn note_unknown(&mut self, column: &str) {
        self.unknown_column.get_or_insert_with(|| column.to_owned());
    }
}

fn delete_range(writes: &mut WriteBatch, family: &ColumnFamily, from: &[u8], to: &[u8]) {
    writes.delete_range_cf(family, from, to);
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").field("len", &self.len()).field("byte_size", &self.byte_size()).finish_non_exhaustive()
    }
}
