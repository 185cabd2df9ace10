//! Rows written since the last flush, with the values before.

use super::{Overlay, RowId, SlotId};
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
pub(crate) struct FlushedRow<'a, V> {
    pub(crate) key: &'a [u8],
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
    /// Hands the rows written since the last flush to `visit`, in the order of their last write.
    pub(crate) fn take_flush<E>(&mut self, mut visit: impl FnMut(FlushedRow<'_, V>) -> Result<(), E>) -> Result<(), E> {
        let Some(list) = &mut self.flush else { return Ok(()) };
        let mut entries = list.drain();
        let slots = &self.slots;
        entries.sort_by_cached_key(|entry| {
            let slot = slots.get(entry.slot)?;
            Some(slot.rows.get(slot.find(entry.row).ok()?)?.written)
        });
        for FlushEntry { slot, row, old } in entries {
            let Some(slot) = self.slots.get_mut(slot) else { continue };
            let Ok(place) = slot.find(row) else { continue };
            let Some(found) = slot.rows.get_mut(place) else { continue };
            found.flush = 0;
            visit(FlushedRow {
                key: &slot.key,
                id: row,
                new: found.value.clone(),
                old,
                // They were for this flush: what is written to the changelog has none.
                headers: std::mem::take(&mut found.headers),
                timestamp: found.time,
            })?;
        }
        Ok(())
    }
}
