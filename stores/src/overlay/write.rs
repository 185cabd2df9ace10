//! Writes to rows, whole or by update.

use super::{Overlay, Place, Row, RowId, SlotId};
use crate::{Headers, ValueAndTimestamp};

/// What is written to a row.
pub(crate) struct Write<V> {
    pub(crate) value: Option<ValueAndTimestamp<V>>,
    /// Event time: of the value, or of the deletion.
    pub(crate) time: i64,
    pub(crate) headers: Headers,
}

impl<V> Overlay<V> {
    /// Writes a row. With flush tracking the committed row must have been loaded before.
    pub(crate) fn write(&mut self, id: SlotId, row: RowId, write: Write<V>) {
        let Some(place) = self.place_for_write(id, row) else { return };
        let Some(target) = self.slots.get_mut(id).and_then(|slot| slot.rows.get_mut(place)) else { return };
        let old = std::mem::replace(&mut target.value, write.value);
        target.time = write.time;
        target.headers = write.headers;
        if let Some(flush) = &mut self.flush
            && target.flush == 0
        {
            target.flush = flush.add(id, row, old);
        }
        self.mark_dirty(Place { slot: id, row: place });
    }

    fn place_for_write(&mut self, id: SlotId, row: RowId) -> Option<usize> {
        match self.slots.get(id)?.find(row) {
            Ok(place) => Some(place),
            Err(place) => {
                let bytes = self.budget.expected_value();
                self.insert(id, place, Row::clean(row, None, bytes));
                Some(place)
            }
        }
    }

    /// Takes the value out for an update, which ends with [`Overlay::put_back`] or [`Overlay::forget_row`].
    pub(crate) fn take(&mut self, place: Place) -> Option<ValueAndTimestamp<V>> {
        self.slots.get_mut(place.slot)?.rows.get_mut(place.row)?.value.take()
    }

    /// Ends an update that did not change anything.
    pub(crate) fn put_back(&mut self, place: Place, value: Option<ValueAndTimestamp<V>>) {
        if let Some(row) = self.slots.get_mut(place.slot).and_then(|slot| slot.rows.get_mut(place.row)) {
            row.value = value;
        }
    }

    /// Ends an update: the row now holds `write`, and held `old` before (asked for by [`Overlay::wants_old`]).
    pub(crate) fn finish(&mut self, place: Place, write: Write<V>, old: Option<ValueAndTimestamp<V>>) {
        let Some(row) = self.slots.get_mut(place.slot).and_then(|slot| slot.rows.get_mut(place.row)) else {
            return;
        };
        row.value = write.value;
        row.time = write.time;
        row.headers = write.headers;
        if let Some(flush) = &mut self.flush
            && row.flush == 0
        {
            row.flush = flush.add(place.slot, row.id, old);
        }
        self.mark_dirty(place);
    }

    /// Whether the next write of the row is the first since the last flush, so that its old value must be kept.
    pub(crate) fn wants_old(&self, place: Place) -> bool {
        self.flush.is_some() && self.row(place).is_some_and(|row| row.flush == 0)
    }

    pub(crate) fn is_dirty(&self, place: Place) -> bool {
        self.row(place).is_some_and(|row| self.is_uncommitted(row.written))
    }

    /// Whether values before the first write since a flush are kept.
    pub(crate) fn tracks_flushes(&self) -> bool {
        self.flush.is_some()
    }

    /// Forgets one clean row, so that it is read again.
    pub(crate) fn forget_row(&mut self, place: Place) {
        let Some(slot) = self.slots.get_mut(place.slot) else { return };
        if place.row < slot.rows.len() {
            let freed = slot.rows.remove(place.row).weight();
            slot.covered = None;
            slot.bytes = slot.bytes.saturating_sub(freed);
            self.budget.shrink(freed, self.committed < slot.written);
        }
    }
}
