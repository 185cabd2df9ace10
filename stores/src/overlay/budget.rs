//! How much the overlay may keep, and what goes first.

use super::{Overlay, SlotId};

/// Clean bytes past the budget before a sweep: each sweep then pays for many insertions.
const MIN_SLACK: usize = 64 << 10;

/// Assumed encoded length of a value before one was seen.
const FIRST_VALUE_BYTES: usize = 64;

/// Estimated bytes. Dirty ones are bounded by their owner, who commits early; clean ones here.
#[derive(Debug)]
pub(super) struct Budget {
    clean_limit: usize,
    pub(super) total: usize,
    pub(super) dirty: usize,
    hand: usize,
    /// Average encoded length of recent values, times 16.
    value_sixteenths: usize,
}

impl Budget {
    pub(super) fn new(clean_limit: usize) -> Self {
        Self { clean_limit, total: 0, dirty: 0, hand: 0, value_sixteenths: FIRST_VALUE_BYTES * 16 }
    }

    pub(super) fn grow(&mut self, bytes: usize, dirty: bool) {
        self.total += bytes;
        if dirty {
            self.dirty += bytes;
        }
    }

    pub(super) fn shrink(&mut self, bytes: usize, dirty: bool) {
        self.total = self.total.saturating_sub(bytes);
        if dirty {
            self.dirty = self.dirty.saturating_sub(bytes);
        }
    }

    pub(super) fn is_overdrawn(&self) -> bool {
        let slack = (self.clean_limit / 8).max(MIN_SLACK);
        self.total - self.dirty.min(self.total) > self.clean_limit + slack
    }

    fn is_exceeded(&self) -> bool {
        self.total - self.dirty.min(self.total) > self.clean_limit
    }

    /// What a value that was not encoded yet is taken to weigh.
    pub(super) fn expected_value(&self) -> u32 {
        u32::try_from(self.value_sixteenths / 16).unwrap_or(u32::MAX)
    }

    pub(super) fn saw_value(&mut self, bytes: usize) {
        self.value_sixteenths = self.value_sixteenths - self.value_sixteenths / 16 + bytes;
    }
}

impl<V> Overlay<V> {
    /// Sets the bytes of clean rows to keep.
    pub(crate) fn limit(&mut self, clean_bytes: usize) {
        self.budget.clean_limit = clean_bytes;
        self.evict();
    }

    /// Evicts clean slots until the budget is kept: the hand goes round, who was used since it last came by gets one more
    /// round.
    pub(super) fn evict(&mut self) {
        for _ in 0..self.slots.len().saturating_mul(2) {
            if !self.budget.is_exceeded() {
                return;
            }
            self.budget.hand = if self.budget.hand + 1 < self.slots.len() { self.budget.hand + 1 } else { 0 };
            let id = SlotId(u32::try_from(self.budget.hand).unwrap_or(u32::MAX));
            let Some(slot) = self.slots.get_mut(id) else { continue };
            if slot.referenced {
                slot.referenced = false;
            } else if slot.written <= self.committed && !slot.rows.iter().any(|row| row.flush != 0) {
                self.remove(id);
            }
        }
    }

    /// Drops the clean rows of all slots that `expired` says are gone for good.
    pub(crate) fn drop_expired(&mut self, expired: impl Fn(i64) -> bool) {
        for place in 0..self.slots.len() {
            let id = SlotId(u32::try_from(place).unwrap_or(u32::MAX));
            let Some(slot) = self.slots.get_mut(id) else { continue };
            let mut freed = 0;
            slot.rows.retain(|row| {
                let keep = row.written > self.committed || row.flush != 0 || !expired(row.id.time);
                if !keep {
                    freed += row.weight();
                }
                keep
            });
            slot.bytes = slot.bytes.saturating_sub(freed);
            self.budget.shrink(freed, slot.written > self.committed);
            if slot.rows.is_empty() {
                self.remove(id);
            }
        }
    }
}
