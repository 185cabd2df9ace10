//! Dirty rows become committed ones, or are dropped.

use super::{Overlay, Row, RowId, SlotId, get, get_mut};
use crate::Headers;

impl<V> Overlay<V> {
    /// Dirty rows in the order of their last write. From here until [`Overlay::applied`] they count as staged.
    pub(crate) fn stage(&mut self) -> Vec<(SlotId, RowId)> {
        self.staged = self.writes;
        let written = |(id, row): &(SlotId, RowId)| self.written(*id, *row);
        let mut order: Vec<(u64, SlotId, RowId)> =
            self.dirty.iter().map(|dirty| (written(dirty), dirty.0, dirty.1)).collect();
        order.sort_unstable_by_key(|(written, ..)| *written);
        order.into_iter().map(|(_, id, row)| (id, row)).collect()
    }

    pub(super) fn written(&self, id: SlotId, row: RowId) -> u64 {
        get(&self.slots, id).and_then(|slot| slot.rows.get(slot.find(row).ok()?)).map_or(0, |row| row.written)
    }

    /// A row and its key, for encoding.
    pub(crate) fn dirty_row(&self, id: SlotId, row: RowId) -> Option<(&[u8], &Row<V>)> {
        let slot = get(&self.slots, id)?;
        Some((&slot.key, slot.rows.get(slot.find(row).ok()?)?))
    }

    /// Tells the budget how long the row's value turned out to be.
    pub(crate) fn weigh(&mut self, id: SlotId, row: RowId, bytes: usize) {
        self.budget.saw_value(bytes);
        let Some(slot) = get_mut(&mut self.slots, id) else { return };
        let Ok(place) = slot.find(row) else { return };
        let Some(row) = slot.rows.get_mut(place) else { return };
        let before = std::mem::replace(&mut row.bytes, u32::try_from(bytes).unwrap_or(u32::MAX)) as usize;
        let after = row.bytes as usize;
        slot.bytes = (slot.bytes + after).saturating_sub(before);
        self.budget.grow(after, slot.dirty_rows > 0);
        self.budget.shrink(before, slot.dirty_rows > 0);
    }

    /// What was staged is committed: its rows are clean now. Rows written since stay dirty.
    pub(crate) fn applied(&mut self) {
        let dirty = std::mem::take(&mut self.dirty);
        self.dirty = dirty.into_iter().filter(|(id, row)| !self.clean(*id, *row)).collect();
        if let Some(ordered) = &mut self.ordered {
            if self.dirty.is_empty() {
                ordered.clear();
            } else {
                self.ordered = None;
            }
        }
        if self.budget.is_overdrawn() {
            self.evict();
        }
    }

    /// Makes a staged row clean; `false` if it was written again since.
    fn clean(&mut self, id: SlotId, row: RowId) -> bool {
        let staged = self.staged;
        let Some(slot) = get_mut(&mut self.slots, id) else { return true };
        let Ok(place) = slot.find(row) else { return true };
        let Some(row) = slot.rows.get_mut(place) else { return true };
        if row.written > staged {
            return false;
        }
        row.written = 0;
        row.headers = Headers::new();
        slot.dirty_rows = slot.dirty_rows.saturating_sub(1);
        if slot.dirty_rows == 0 {
            self.budget.dirty = self.budget.dirty.saturating_sub(slot.bytes);
        }
        true
    }

    /// Drops everything written since the last commit. Clean rows stay: they are what is committed.
    pub(crate) fn discard(&mut self) {
        for (id, _) in std::mem::take(&mut self.dirty) {
            self.remove(id);
        }
        let flushing = self.flush.as_mut().map(super::FlushList::drain).unwrap_or_default();
        for entry in flushing {
            // A clean row that still waits for a flush: the flush is not owed any more.
            self.remove(entry.slot);
        }
        self.ordered = self.ordered.take().map(|_| super::Ordered::new());
        self.staged = self.writes;
    }
}
