//! Windows of activity.

use tillstream_stores::Window;

/// Windows that last as long as records of a key follow each other within a gap of inactivity, `[first, last]`, both ends included.
///
/// ```
/// use tillstream_topology::SessionWindows;
/// // A visit ends when a customer has done nothing for half an hour.
/// let visits = SessionWindows::of_inactivity_gap(30 * 60_000).grace(60_000);
/// assert_eq!(visits.gap_ms(), 1_800_000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionWindows {
    gap_ms: i64,
    grace_ms: i64,
}

impl SessionWindows {
    /// Sessions that end after `gap_ms` milliseconds (at least 1) without a record, and take no late records.
    pub fn of_inactivity_gap(gap_ms: i64) -> Self {
        Self { gap_ms: gap_ms.max(1), grace_ms: 0 }
    }

    /// How long after its end and gap late records still change a session.
    #[must_use]
    pub fn grace(mut self, grace_ms: i64) -> Self {
        self.grace_ms = grace_ms.max(0);
        self
    }

    /// The gap, ms. A record exactly so long after another belongs to the same session.
    pub fn gap_ms(&self) -> i64 {
        self.gap_ms
    }

    /// Grace, ms.
    pub fn grace_ms(&self) -> i64 {
        self.grace_ms
    }

    /// How long after its end a session can still change, ms.
    pub(crate) fn open_ms(&self) -> i64 {
        self.gap_ms.saturating_add(self.grace_ms)
    }
}

/// The session over both.
pub(crate) fn merged(one: Window, other: Window) -> Window {
    Window { start: one.start.min(other.start), end: one.end.max(other.end) }
}
