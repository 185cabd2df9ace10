//! The time difference within which two streams join.

/// A left record at time `t` joins right records in `[t - before, t + after]`, both ends included (KS-33).
///
/// ```
/// use tillstream_topology::JoinWindows;
/// // Payments up to half an hour after their order, a minute late at most.
/// let windows = JoinWindows::of_difference(30 * 60_000).before(0).grace(60_000);
/// assert_eq!(windows.size_ms(), 30 * 60_000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JoinWindows {
    pub(crate) before_ms: i64,
    pub(crate) after_ms: i64,
    grace_ms: Option<i64>,
    /// The form from before grace was asked for: null results at once, nothing waits (KS-35).
    pub(crate) eager: bool,
}

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

impl JoinWindows {
    /// Records at most `difference_ms` apart, in either order; no late records.
    pub fn of_difference(difference_ms: i64) -> Self {
        Self { before_ms: difference_ms, after_ms: difference_ms, grace_ms: None, eager: false }
    }

    /// How long the right record may come before the left one; negative: it must come after it.
    #[must_use]
    pub fn before(mut self, before_ms: i64) -> Self {
        self.before_ms = before_ms;
        self
    }

    /// How long the right record may come after the left one; negative: it must come before it.
    #[must_use]
    pub fn after(mut self, after_ms: i64) -> Self {
        self.after_ms = after_ms;
        self
    }

    /// How long after its window an unmatched record waits for late partners.
    #[must_use]
    pub fn grace(mut self, grace_ms: i64) -> Self {
        self.grace_ms = Some(grace_ms.max(0));
        self
    }

    /// Emits unmatched records of outer joins at once instead of waiting. Unless a grace is given it is 24 hours less the
    /// window's size.
    #[must_use]
    pub fn eager(mut self) -> Self {
        self.eager = true;
        self
    }

    /// Window length: before + after, ms.
    pub fn size_ms(&self) -> i64 {
        self.before_ms.saturating_add(self.after_ms)
    }

    /// Grace, ms.
    pub fn grace_ms(&self) -> i64 {
        let unasked = if self.eager { (DAY_MS - self.size_ms()).max(0) } else { 0 };
        self.grace_ms.unwrap_or(unasked)
    }
}
