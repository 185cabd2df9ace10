//! Rows written since the last flush, with the values before.

use super::{Key, Overlay, RowId, SlotId, get, get_mut};
use crate::{Headers, ValueAndTimestamp};

/// A row written since the last flush.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flushed<K, V> {
    /// Its key.
    pub key: K,
    /// What it holds now; `None`: it was deleted.
    pub new: Option<ValueAndTimestamp<V>>,
    /// What it held before the first of the writes.
    pub old: Option<ValueAndTimestamp<V>>,
    /// Headers of the last write.
    pub headers: Headers,
    /// Event time of the last write, epoch ms: of the value, or of the deletion.
    pub timestamp: i64,
}

/// As [`Flushed`], with the key as bytes.
pub(crate) struct FlushedRow<V> {
    pub(crate) key: Key,
    pub(crate) id: RowId,
    pub(crate) new: Option<ValueAndTimestamp<V>>,
    pub(crate) old: Option<ValueAndTimestamp<V>>,
    pub(crate) headers: Headers,
    pub(crate) timestamp: i64,
}

pub(super) struct FlushEntry<V> {
    pub(super) slot: SlotId,
    row: RowId,
    old: Option<ValueAndTimestamp<V>>,
}

pub(super) struct FlushList<V>(Vec<FlushEntry<V>>);

impl<V> Default for FlushList<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<V> FlushList<V> {
    /// Adds a row; answers its place, from 1.
    pub(super) fn add(&mut self, slot: SlotId, row: RowId, old: Option<ValueAndTimestamp<V>>) -> u32 {
        self.0.push(FlushEntry { slot, row, old });
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn drain(&mut self) -> Vec<FlushEntry<V>> {
        std::mem::take(&mut self.0)
    }
}

impl<V: Clone> Overlay<V> {
    /// Rows written since the last flush, in the order of their last write.
    pub(crate) fn take_flush(&mut self) -> Vec<FlushedRow<V>> {
        let Some(list) = &mut self.flush else { return Vec::new() };
        let entries = list.drain();
        let mut rows: Vec<Option<FlushedRow<V>>> = Vec::with_capacity(entries.len());
        let mut order = Vec::with_capacity(entries.len());
        for entry in entries {
            if let Some((written, row)) = self.flushed(entry) {
                order.push((written, rows.len()));
                rows.push(Some(row));
            }
        }
        order.sort_unstable();
        order.into_iter().filter_map(|(_, place)| rows.get_mut(place)?.take()).collect()
    }

    fn flushed(&mut self, entry: FlushEntry<V>) -> Option<(u64, FlushedRow<V>)> {
        let place = get(&self.slots, entry.slot)?.find(entry.row).ok()?;
        let slot = get_mut(&mut self.slots, entry.slot)?;
        let row = slot.rows.get_mut(place)?;
        row.flush = 0;
        let flushed = FlushedRow {
            key: slot.key.clone(),
            id: entry.row,
            new: row.value.clone(),
            old: entry.old,
            headers: row.headers.clone(),
            timestamp: row.time,
        };
        Some((row.written, flushed))
    }
}
