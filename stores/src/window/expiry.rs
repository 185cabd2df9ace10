//! Rows that aged out leave the table by range, and the changelog by its beginning.

use super::WindowStore;
use crate::rocks::ScanRange;
use crate::{RestoreBatch, Staged};

impl<K, V> WindowStore<K, V> {
    /// Adds the removal of expired segments to a commit.
    pub(super) fn stage_expiry(&mut self, out: &mut Staged) {
        let live = self.times.first_live_segment(&self.windows);
        if !self.settled || live <= self.times.live_from {
            return;
        }
        self.remove_segments(live, &mut out.writes);
        self.expired = true;
    }

    /// Removes the segments of which the owner of the task has given up the changelog, up to offset `start`. A standby knows
    /// no better what is expired: the time that retention counts from may be handed in.
    pub(super) fn remove_segments_given_up(&mut self, start: i64, batch: &mut RestoreBatch) -> bool {
        let Some(live) = self.floors.given_up(start).filter(|live| *live > self.times.live_from) else { return false };
        self.remove_segments(live, batch);
        self.floors.expire_before(live);
        self.committed_times = self.times;
        self.staged_times = self.times;
        true
    }

    fn remove_segments(&mut self, live: i64, batch: &mut RestoreBatch) {
        let range = ScanRange::new(self.times.live_from.to_be_bytes(), live.to_be_bytes());
        batch.delete_range(&self.rows.table, &range.from, range.to.as_deref().unwrap_or_default());
        self.times.live_from = live;
    }
}
