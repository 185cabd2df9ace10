//! Reading the rows of one key: what joins and windowed aggregations do for every record.

use std::ops::ControlFlow;

use super::WindowStore;
use crate::layout::{Layout, segment_of};
use crate::overlay::{RowId, SlotId};
use crate::rocks::ScanRange;
use crate::{Error, ValueAndTimestamp};

impl<K, V: Clone> WindowStore<K, V> {
    /// The row of `key` and `start`. Where duplicates are kept no row can be asked for by itself: always `None`.
    ///
    /// # Errors
    /// [`Error::Serde`], [`Error::Storage`].
    pub fn fetch(&mut self, key: &K, start: i64) -> Result<Option<&ValueAndTimestamp<V>>, Error> {
        if self.windows.retain_duplicates {
            return Ok(None);
        }
        self.fetch_row(key, RowId { time: start, seq: 0 })
    }

    /// The row of `key` and `row`.
    pub(crate) fn fetch_row(&mut self, key: &K, row: RowId) -> Result<Option<&ValueAndTimestamp<V>>, Error> {
        if row.time < self.first_live() {
            return Ok(None);
        }
        self.encode(key)?;
        let slot = self.rows.overlay.slot(&self.bytes);
        self.cover_unseen(slot, row.time, false);
        let place = self.rows.read(&self.bytes, slot, row)?;
        Ok(place.and_then(|place| self.rows.overlay.value(place)))
    }

    /// Visits the rows of `key` with a start from `from` to `to`, both inclusive, by start, until `visit` breaks off.
    ///
    /// What was read once stays known while the key stays in memory, also that there is nothing: the next call for the key
    /// touches the table only for times it has not asked for yet.
    ///
    /// # Errors
    /// [`Error::Serde`], [`Error::Storage`].
    pub fn fetch_range(
        &mut self,
        key: &K,
        from: i64,
        to: i64,
        visit: &mut dyn FnMut(i64, &ValueAndTimestamp<V>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        self.visit_rows(key, from, to, |row, value| visit(row.time, value))
    }

    /// As [`WindowStore::fetch_range`], by the rows' times.
    pub(crate) fn visit_rows(
        &mut self,
        key: &K,
        from: i64,
        to: i64,
        mut visit: impl FnMut(RowId, &ValueAndTimestamp<V>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let from = from.max(self.first_live());
        if from > to {
            return Ok(());
        }
        self.encode(key)?;
        let slot = self.rows.overlay.slot(&self.bytes);
        self.cover(slot, from, to)?;
        for (row, value) in self.rows.overlay.values(slot, from, to) {
            if visit(row, value).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// As [`WindowStore::fetch_range`], into a list, from the last start to the first if `reverse`.
    ///
    /// # Errors
    /// [`Error::Serde`], [`Error::Storage`].
    pub fn fetch_list(
        &mut self,
        key: &K,
        from: i64,
        to: i64,
        reverse: bool,
    ) -> Result<Vec<(i64, ValueAndTimestamp<V>)>, Error> {
        let mut rows = Vec::new();
        self.fetch_range(key, from, to, &mut |start, value| {
            rows.push((start, value.clone()));
            ControlFlow::Continue(())
        })?;
        if reverse {
            rows.reverse();
        }
        Ok(rows)
    }

    /// Spares the table questions whose answer is known: a key that was not seen has no rows, and no key has rows later than
    /// every committed one.
    ///
    /// `blind`: the caller adds a row at `start` without asking whether there is one.
    pub(super) fn cover_unseen(&mut self, slot: SlotId, start: i64, blind: bool) {
        if self.rows.overlay.covered(slot).is_some() {
            return;
        }
        let newest = self.committed_times.newest;
        if let Some(from) = self.unseen_from(slot, newest) {
            self.rows.overlay.set_covered(slot, (from, i64::MAX));
        } else if !blind && start > newest {
            self.rows.overlay.set_covered(slot, (newest + 1, i64::MAX));
        }
    }

    /// The first start of the segments on disk, if the slot's key has no rows in them up to `to`.
    fn unseen_from(&self, slot: SlotId, to: i64) -> Option<i64> {
        let (first, segment_ms) = (self.times.live_from, self.windows.segment_ms());
        let seen = self.seen.may_hold(first..=segment_of(to, segment_ms), self.rows.overlay.hash(slot));
        (!seen).then(|| first.saturating_mul(segment_ms))
    }

    /// Makes the overlay know all rows of the slot's key with a start from `from` to `to`.
    fn cover(&mut self, slot: SlotId, from: i64, to: i64) -> Result<(), Error> {
        let newest = self.committed_times.newest;
        // Nothing is committed behind the newest row, so that knowledge up to it is knowledge for ever: later rows come
        // through this overlay. In the same way nothing before the retention will ever be asked for again.
        let to = if to >= newest { i64::MAX } else { to };
        let covered = match self.rows.overlay.covered(slot) {
            Some((low, high)) if low <= from && to <= high => return Ok(()),
            Some((low, high)) => {
                self.load_range(slot, from, low - 1)?;
                if high < i64::MAX {
                    self.load_range(slot, high + 1, to)?;
                }
                (from.min(low), to.max(high))
            }
            None => {
                self.load_range(slot, from, to)?;
                let low = self.unseen_from(slot, from - 1).unwrap_or(from);
                (low.min(from), to)
            }
        };
        self.rows.overlay.set_covered(slot, covered);
        Ok(())
    }

    /// Loads the committed rows of the key in `self.bytes`.
    fn load_range(&mut self, slot: SlotId, from: i64, to: i64) -> Result<(), Error> {
        let to = to.min(self.committed_times.newest);
        if from > to {
            return Ok(());
        }
        let (segment_ms, hash) = (self.windows.segment_ms(), self.rows.overlay.hash(slot));
        for segment in segment_of(from, segment_ms)..=segment_of(to, segment_ms) {
            if self.seen.may_hold(segment..=segment, hash) {
                self.load_segment(slot, segment, from, to)?;
            }
        }
        Ok(())
    }

    fn load_segment(&mut self, slot: SlotId, segment: i64, from: i64, to: i64) -> Result<(), Error> {
        self.rows.count_table_read();
        let range = key_range(segment, &self.bytes, from, to);
        let (layout, codec, overlay) = (self.rows.layout, &self.rows.codec, &mut self.rows.overlay);
        let key = self.bytes.as_slice();
        let mut outcome = Ok(());
        self.rows.table.scan(&range, |table_key, bytes| {
            // Longer keys can lie between the rows of a key.
            let Some((_, row)) = layout.split(layout.changelog_key(table_key)).filter(|(found, _)| *found == key)
            else {
                return ControlFlow::Continue(());
            };
            match codec.decode(bytes) {
                Ok(value) => _ = overlay.load(slot, row, Some(value), bytes.len()),
                Err(error) => outcome = Err(error),
            }
            if outcome.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        outcome
    }
}

/// Table keys of the rows of `key` in one segment with a start from `from` to `to`.
pub(crate) fn key_range(segment: i64, key: &[u8], from: i64, to: i64) -> ScanRange {
    let bound = |start: i64| {
        let mut bound = Vec::with_capacity(key.len() + 20);
        bound.extend_from_slice(&segment.to_be_bytes());
        bound.extend_from_slice(key);
        bound.extend_from_slice(&start.to_be_bytes());
        bound
    };
    let (from, mut to) = (bound(from), bound(to));
    // Behind the highest number, or session start, of the last time.
    to.extend_from_slice(&[u8::MAX; 9]);
    ScanRange::new(from, to)
}

impl Layout {
    /// Splits a table key of a window store into its bare key and row.
    pub(crate) fn split_table_key(self, table_key: &[u8]) -> Option<(&[u8], RowId)> {
        self.split(self.changelog_key(table_key))
    }
}
