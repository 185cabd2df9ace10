//! Which rows were written since the last commit, in the order of their last write.

use super::{Overlay, Place, RowId, SlotId};

/// Stands where a row was that has been written again since.
const VOID: SlotId = SlotId(u32::MAX);

/// Void places kept before the list is compacted, besides as many as there are rows.
const VOID_SLACK: usize = 1024;

/// Places kept from one commit to the next.
const KEPT_ENTRIES: usize = 16 << 10;

#[derive(Debug, Default)]
pub(super) struct DirtyList {
    entries: Vec<(SlotId, RowId)>,
    void: usize,
}

impl DirtyList {
    /// Forgets the rows, but keeps some room for the next ones.
    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.entries.shrink_to(KEPT_ENTRIES);
        self.void = 0;
    }

    /// Number of rows.
    pub(super) fn len(&self) -> usize {
        self.entries.len() - self.void
    }

    /// Adds a row at the end; answers its place, from 1.
    fn push(&mut self, slot: SlotId, row: RowId) -> u32 {
        self.entries.push((slot, row));
        u32::try_from(self.entries.len()).unwrap_or(u32::MAX)
    }

    /// Takes the row out of `place`, because it goes to the end; `false` if it is there already.
    fn void(&mut self, place: u32) -> bool {
        let place = place as usize;
        if place == self.entries.len() {
            return false;
        }
        if let Some(entry) = self.entries.get_mut(place.wrapping_sub(1)) {
            entry.0 = VOID;
            self.void += 1;
        }
        true
    }

    fn wants_compaction(&self) -> bool {
        self.void > self.len() + VOID_SLACK
    }

    /// The rows, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (SlotId, RowId)> {
        self.entries.iter().copied().filter(|(slot, _)| *slot != VOID)
    }
}

impl<V> Overlay<V> {
    /// Whether a write of this number is not committed yet.
    pub(super) fn is_uncommitted(&self, written: u64) -> bool {
        written > self.committed
    }

    pub(super) fn mark_dirty(&mut self, place: Place) {
        self.writes += 1;
        let Some(slot) = self.slots.get_mut(place.slot) else { return };
        let Some(row) = slot.rows.get_mut(place.row) else { return };
        let first_of_row = row.written <= self.committed;
        let first_of_slot = slot.written <= self.committed;
        row.written = self.writes;
        slot.written = self.writes;
        if first_of_slot {
            self.budget.dirty += slot.bytes;
        }
        if first_of_row {
            if let Some(ordered) = &mut self.ordered {
                let mut key = Vec::new();
                self.layout.table_key(&slot.key, row.id, &mut key);
                ordered.insert(key, (place.slot, row.id));
            }
        } else if !self.dirty.void(row.place) {
            return;
        }
        row.place = self.dirty.push(place.slot, row.id);
        if self.dirty.wants_compaction() {
            self.compact_dirty();
        }
    }

    fn compact_dirty(&mut self) {
        let old = std::mem::take(&mut self.dirty);
        old.iter().for_each(|(id, row)| self.keep_dirty(id, row));
    }

    /// Adds a row that is dirty already to a new list.
    pub(super) fn keep_dirty(&mut self, id: SlotId, row: RowId) {
        let Some(slot) = self.slots.get_mut(id) else { return };
        if let Ok(place) = slot.find(row)
            && let Some(target) = slot.rows.get_mut(place)
        {
            target.place = self.dirty.push(id, row);
        }
    }
}
