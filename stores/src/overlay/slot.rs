//! One key of an overlay and its rows.

use smallvec::SmallVec;

use crate::{Headers, ValueAndTimestamp};

/// Which row of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RowId {
    /// The time it expires by, epoch ms: a window's start, a session's end.
    pub(crate) time: i64,
    /// What tells rows of one time apart: their number where duplicates are kept, a session's start.
    pub(crate) seq: i64,
}

impl RowId {
    /// The row of a key that has only one.
    pub(crate) const ONLY: Self = Self { time: 0, seq: 0 };
}

/// A row as the overlay knows it.
#[derive(Debug)]
pub(crate) struct Row<V> {
    pub(crate) id: RowId,
    /// `None`: known to be absent.
    pub(crate) value: Option<ValueAndTimestamp<V>>,
    /// Event time of the last write.
    pub(crate) time: i64,
    pub(crate) headers: Headers,
    /// Number of the last write, 0 if there was none.
    pub(super) written: u64,
    /// Place in the list of dirty rows while dirty, from 1.
    pub(super) place: u32,
    /// Place in the list of rows to flush, from 1; 0 while not in it.
    pub(super) flush: u32,
    /// Length of the encoded value, for the budget.
    pub(super) bytes: u32,
}

impl<V> Row<V> {
    pub(super) fn clean(id: RowId, value: Option<ValueAndTimestamp<V>>, bytes: u32) -> Self {
        let time = value.as_ref().map_or(-1, |value| value.timestamp);
        Self { id, value, time, headers: Headers::new(), written: 0, place: 0, flush: 0, bytes }
    }

    /// Estimated memory.
    pub(super) fn weight(&self) -> usize {
        size_of::<Self>() + self.bytes as usize
    }
}

/// Starts from `0` to `1`, both inclusive, of which the overlay knows every committed row of the key.
pub(crate) type Covered = (i64, i64);

/// Most keys fit beside their rows: finding one then costs one cache miss less.
pub(crate) type Key = SmallVec<[u8; 32]>;

#[derive(Debug)]
pub(crate) struct Slot<V> {
    pub(super) key: Key,
    pub(super) hash: u64,
    /// By id.
    pub(super) rows: SmallVec<[Row<V>; 1]>,
    pub(super) covered: Option<Covered>,
    /// Used since the evicting hand came by.
    pub(super) referenced: bool,
    /// Number of the last write to any row.
    pub(super) written: u64,
    /// Estimated memory.
    pub(super) bytes: usize,
}

impl<V> Slot<V> {
    pub(super) fn new(key: &[u8], hash: u64) -> Self {
        let key = Key::from_slice(key);
        let bytes = size_of::<Self>() - size_of::<Row<V>>() + key.len();
        Self { key, hash, rows: SmallVec::new(), covered: None, referenced: true, written: 0, bytes }
    }

    /// Place of the row, or where it would have to be inserted.
    pub(super) fn find(&self, id: RowId) -> Result<usize, usize> {
        // Newest windows are asked for most.
        match self.rows.last() {
            None => Err(0),
            Some(last) if last.id == id => Ok(self.rows.len() - 1),
            Some(last) if last.id < id => Err(self.rows.len()),
            Some(_) => self.rows.binary_search_by(|row| row.id.cmp(&id)),
        }
    }

    pub(super) fn covers(&self, start: i64) -> bool {
        self.covered.is_some_and(|(from, to)| from <= start && start <= to)
    }
}
