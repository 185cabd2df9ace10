//! Dirty rows become committed ones, or are dropped.

use super::{Overlay, Row};

impl<V> Overlay<V> {
    /// Hands the dirty rows with their keys and the keys' hashes to `encode`, in the order of their last write; it answers
    /// how long the value became. From here until [`Overlay::applied`] they count as staged.
    pub(crate) fn stage<E>(
        &mut self,
        mut encode: impl FnMut(&[u8], u64, &Row<V>) -> Result<usize, E>,
    ) -> Result<(), E> {
        self.staged = self.writes;
        for (id, row) in self.dirty.iter() {
            let Some(slot) = self.slots.get_mut(id) else { continue };
            let Ok(place) = slot.find(row) else { continue };
            let Some(row) = slot.rows.get_mut(place) else { continue };
            let bytes = encode(&slot.key, slot.hash, row)?;
            self.budget.saw_value(bytes);
            let before = std::mem::replace(&mut row.bytes, u32::try_from(bytes).unwrap_or(u32::MAX)) as usize;
            let after = row.bytes as usize;
            slot.bytes = (slot.bytes + after).saturating_sub(before);
            self.budget.grow(after, true);
            self.budget.shrink(before, true);
        }
        Ok(())
    }

    /// What was staged is committed: its rows are clean now. Rows written since stay dirty.
    pub(crate) fn applied(&mut self) {
        self.committed = self.staged;
        if self.writes == self.staged {
            self.dirty.clear();
            self.budget.dirty = 0;
            if let Some(ordered) = &mut self.ordered {
                ordered.clear();
            }
        } else {
            self.keep_later_writes();
        }
        if self.budget.is_overdrawn() {
            self.evict();
        }
    }

    fn keep_later_writes(&mut self) {
        self.ordered = None;
        self.budget.dirty = 0;
        let staged = std::mem::take(&mut self.dirty);
        for slot in self.slots.iter().filter(|slot| slot.written > self.committed) {
            self.budget.dirty += slot.bytes;
        }
        for (id, row) in staged.iter() {
            let written =
                self.slots.get(id).and_then(|slot| slot.rows.get(slot.find(row).ok()?)).map(|row| row.written);
            if written.is_some_and(|written| self.is_uncommitted(written)) {
                self.keep_dirty(id, row);
            }
        }
    }

    /// Drops everything written since the last commit. Clean rows stay: they are what is committed.
    pub(crate) fn discard(&mut self) {
        let dirty = std::mem::take(&mut self.dirty);
        dirty.iter().for_each(|(id, _)| self.remove(id));
        // A clean row that still waits for a flush: the flush is not owed any more.
        let flushing = self.flush.as_mut().map(super::FlushList::drain).unwrap_or_default();
        flushing.into_iter().for_each(|entry| self.remove(entry.slot));
        if let Some(ordered) = &mut self.ordered {
            ordered.clear();
        }
        self.staged = self.writes;
        self.committed = self.writes;
    }
}
