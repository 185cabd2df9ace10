//! The committed rows of one store.

use std::collections::btree_map::Range;
use std::fmt;
use std::ops::{Bound, ControlFlow};
use std::sync::Arc;

use crate::Error;
use crate::committed::{MemoryTable, Shared};
use crate::rocks::{Database, ScanRange};

/// Rows on disk or in memory, read by the task that owns them.
#[derive(Clone)]
pub(crate) enum Table {
    Rocks { database: Arc<Database>, column: Arc<str> },
    Memory { shared: Arc<Shared>, index: usize },
}

impl Table {
    /// Reads a value in place.
    pub(crate) fn get<R>(&self, key: &[u8], read: impl FnOnce(&[u8]) -> R) -> Result<Option<R>, Error> {
        match self {
            Self::Rocks { database, column } => Ok(database.get(column, key, read)?),
            Self::Memory { shared, index } => {
                Ok(shared.read().tables.get(*index).and_then(|table| table.get(key)).map(|value| read(value)))
            }
        }
    }

    /// Visits the rows of `range` in its order until `visit` breaks off.
    pub(crate) fn scan(
        &self,
        range: &ScanRange,
        visit: impl FnMut(&[u8], &[u8]) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        match self {
            Self::Rocks { database, column } => Ok(database.scan(column, range, visit)?),
            Self::Memory { shared, index } => {
                if let Some(table) = shared.read().tables.get(*index) {
                    scan_memory(table, range, visit);
                }
                Ok(())
            }
        }
    }

    /// Number of rows: exact in memory, an estimate on disk.
    pub(crate) fn len(&self) -> Result<u64, Error> {
        match self {
            Self::Rocks { database, column } => Ok(database.column_stats(column)?.keys),
            Self::Memory { shared, index } => {
                Ok(shared.read().tables.get(*index).map_or(0, |table| table.len() as u64))
            }
        }
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rocks { database, column } => f.debug_tuple("Rocks").field(database).field(column).finish(),
            Self::Memory { index, .. } => f.debug_tuple("Memory").field(index).finish(),
        }
    }
}

/// As [`Table::scan`] for a table in memory.
pub(crate) fn scan_memory(
    table: &MemoryTable,
    range: &ScanRange,
    mut visit: impl FnMut(&[u8], &[u8]) -> ControlFlow<()>,
) {
    if range.is_empty() {
        return;
    }
    let rows = memory_range(table, range).map(|(key, value)| (key.as_ref(), value.as_ref()));
    let mut each = |(key, value): (&[u8], &[u8])| visit(key, value);
    _ = if range.reverse { rows.rev().try_for_each(&mut each) } else { { rows }.try_for_each(&mut each) };
}

fn memory_range<'a>(table: &'a MemoryTable, range: &ScanRange) -> Range<'a, Box<[u8]>, Box<[u8]>> {
    let from = Bound::Included(range.from.as_slice());
    let to = range.to.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
    table.range::<[u8], _>((from, to))
}

/// Removes the rows of `range`.
pub(crate) fn remove_range(table: &mut MemoryTable, from: &[u8], to: &[u8]) {
    if from < to {
        // Splitting twice is cheaper than looking every key up again.
        let mut tail = table.split_off(from);
        table.append(&mut tail.split_off(to));
    }
}
