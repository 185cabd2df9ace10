//! A window store as the commit and the restore see it.

use super::{SEEN_SHARE, WindowStore};
use crate::layout::segment_of;
use crate::{Error, ObservedTime, RestoreBatch, RestoreRecord, Staged, StateStore, StoreKind, StoreStats};

impl<K, V> StateStore for WindowStore<K, V> {
    fn name(&self) -> &str {
        &self.rows.name
    }

    fn kind(&self) -> StoreKind {
        StoreKind::Window
    }

    fn logging(&self) -> bool {
        self.rows.options.logging
    }

    fn stage(&mut self, out: &mut Staged) -> Result<(), Error> {
        let (seen, floors, windows) = (&mut self.seen, &mut self.floors, &self.windows);
        let segment_ms = windows.segment_ms();
        self.rows.stage(out, |row, hash| {
            let segment = segment_of(row.time, segment_ms);
            seen.note(segment, hash);
            floors.note(segment, windows);
        })?;
        self.stage_expiry(out);
        self.staged_times = self.times;
        Ok(())
    }

    fn logged(&mut self, from: i64) {
        self.floors.settle(from);
        if self.settled {
            self.floors.expire_before(self.staged_times.live_from);
        }
    }

    fn applied(&mut self) {
        self.committed_times = self.staged_times;
        self.rows.applied();
        if std::mem::take(&mut self.expired) {
            let first_live = self.first_live();
            self.seen.forget_before(self.times.live_from);
            self.rows.overlay.drop_expired(|start| start < first_live);
        }
    }

    fn discard(&mut self) {
        self.times = self.committed_times;
        self.staged_times = self.committed_times;
        self.expired = false;
        self.floors.discard();
        self.rows.discard();
    }

    fn dirty_bytes(&self) -> usize {
        self.rows.dirty_bytes()
    }

    fn restore(&mut self, batch: &mut RestoreBatch, record: RestoreRecord<'_>) -> Result<(), Error> {
        let (row, hash) = self.rows.restore(batch, record)?;
        if record.value.is_some() {
            let segment = segment_of(row.time, self.windows.segment_ms());
            self.seen.note(segment, hash);
            self.floors.note(segment, &self.windows);
            // Rows of segments that were dropped before may come back.
            self.times.live_from = self.times.live_from.min(segment);
            self.times.newest = self.times.newest.max(row.time);
            if self.times.follows_puts {
                self.times.observed = self.times.observed.max(row.time);
            }
        }
        self.settled = false;
        if self.windows.retain_duplicates {
            self.times.seq = self.times.seq.max(row.seq as u32);
        }
        self.committed_times = self.times;
        self.staged_times = self.times;
        Ok(())
    }

    fn observed(&self) -> Option<ObservedTime> {
        let kind = if self.times.follows_puts { ObservedTime::OfPuts } else { ObservedTime::HandedIn };
        Some(kind(self.times.observed))
    }

    fn set_observed(&mut self, time: ObservedTime) {
        match time {
            ObservedTime::HandedIn(time) => self.advance(time),
            ObservedTime::OfPuts(time) => self.observe_put(time),
        }
        self.committed_times = self.times;
        self.staged_times = self.times;
    }

    fn metadata(&self) -> Option<Vec<u8>> {
        let mut bytes = self.staged_times.encode();
        self.floors.encode(&mut bytes);
        Some(bytes)
    }

    fn limit_cache(&mut self, bytes: usize) {
        self.rows.overlay.limit(bytes);
        self.seen.limit(bytes / SEEN_SHARE);
    }

    fn stats(&self) -> StoreStats {
        self.rows.stats()
    }
}
