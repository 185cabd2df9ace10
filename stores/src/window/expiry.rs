//! Rows that aged out leave the table by range, and the changelog by tombstones.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::WindowStore;
use crate::encoded::Encoded;
use crate::rocks::ScanRange;
use crate::{ChangelogRecord, Error, Headers, Staged};

/// Tombstones written in one commit at most; the rest follows with the next ones.
const MAX_TOMBSTONES: usize = 5_000;

impl<K, V> WindowStore<K, V> {
    /// Adds the removal of expired segments to a commit.
    ///
    /// A changelog is compacted, not aged: what nobody deletes stays for ever. So the keys of an expired segment are read
    /// once, here, and a tombstone is written for each, in the transaction that removes the rows.
    pub(super) fn stage_expiry(&mut self, out: &mut Staged) -> Result<(), Error> {
        let live = self.times.first_live_segment(&self.windows);
        if !self.settled || live <= self.times.live_from {
            return Ok(());
        }
        let range = ScanRange::new(self.times.live_from.to_be_bytes(), live.to_be_bytes());
        let rest = if self.rows.options.logging { self.stage_tombstones(&range, out)? } else { None };
        let end = rest.as_deref().or(range.to.as_deref()).unwrap_or_default();
        out.writes.delete_range(&self.rows.table, &range.from, end);
        if rest.is_none() {
            self.times.live_from = live;
        }
        self.expired = true;
        Ok(())
    }

    /// Answers the first key left over, if there were too many.
    fn stage_tombstones(&self, range: &ScanRange, out: &mut Staged) -> Result<Option<Vec<u8>>, Error> {
        let (mut expired, mut rest) = (Encoded::with_capacity(0), None);
        let time = self.times.observed.max(0);
        self.rows.table.scan(range, |key, _| {
            if expired.len() == MAX_TOMBSTONES {
                rest = Some(key.to_vec());
                return ControlFlow::Break(());
            }
            expired.push(self.rows.layout.changelog_key(key), None, time, Headers::new());
            ControlFlow::Continue(())
        })?;
        let (bytes, rows) = expired.finish();
        out.changelog.extend(rows.into_iter().map(|row| ChangelogRecord {
            store: Arc::clone(&self.rows.name),
            key: bytes.slice_ref(row.slices(&bytes).0),
            value: None,
            timestamp: row.time,
            headers: row.headers,
            expired: true,
        }));
        Ok(rest)
    }
}
