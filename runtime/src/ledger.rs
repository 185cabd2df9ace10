//! The ledger: what became of every record consumed. Saved with each commit, so it is exact over restarts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tillstream_topology::Dropped;

/// What became of the records of one topic. `consumed` is the sum of the rest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Records taken from the topic.
    pub consumed: u64,
    /// Records that took effect.
    pub applied: u64,
    /// Records sent to the dead letters.
    pub dead: u64,
    /// Records behind the grace of a window.
    pub late: u64,
    /// Records whose event id was seen before.
    pub duplicate: u64,
    /// Records an operator had no use for: null keys or values.
    pub skipped: u64,
}

impl Entry {
    /// Counts a record by what operators counted while it was processed; one record counts once.
    pub(crate) fn count(&mut self, before: Dropped, after: Dropped) {
        self.consumed += 1;
        if after.duplicate > before.duplicate {
            self.duplicate += 1;
        } else if after.late > before.late {
            self.late += 1;
        } else if after.null > before.null {
            self.skipped += 1;
        } else {
            self.applied += 1;
        }
    }

    pub(crate) fn count_dead(&mut self) {
        self.consumed += 1;
        self.dead += 1;
    }

    pub(crate) fn count_skipped(&mut self) {
        self.consumed += 1;
        self.skipped += 1;
    }

    /// Whether the sum holds.
    pub fn balances(&self) -> bool {
        self.consumed == self.applied + self.dead + self.late + self.duplicate + self.skipped
    }
}

impl std::ops::AddAssign for Entry {
    fn add_assign(&mut self, other: Self) {
        self.consumed += other.consumed;
        self.applied += other.applied;
        self.dead += other.dead;
        self.late += other.late;
        self.duplicate += other.duplicate;
        self.skipped += other.skipped;
    }
}

/// Entries by topic.
pub type Ledger = BTreeMap<String, Entry>;
