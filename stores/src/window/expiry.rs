//! Rows that aged out leave the table by range, and the changelog by its beginning.

use super::WindowStore;
use crate::Staged;
use crate::rocks::ScanRange;

impl<K, V> WindowStore<K, V> {
    /// Adds the removal of expired segments to a commit.
    pub(super) fn stage_expiry(&mut self, out: &mut Staged) {
        let live = self.times.first_live_segment(&self.windows);
        if !self.settled || live <= self.times.live_from {
            return;
        }
        let range = ScanRange::new(self.times.live_from.to_be_bytes(), live.to_be_bytes());
        out.writes.delete_range(&self.rows.table, &range.from, range.to.as_deref().unwrap_or_default());
        self.times.live_from = live;
        self.expired = true;
    }
}
