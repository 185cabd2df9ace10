//! The time difference within which two streams join.

/// A left record at time `t` joins right records in `[t - before, t + after]`, both ends included (KS-33).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JoinWindows {
    pub(crate) before_ms: i64,
    pub(crate) after_ms: i64,
    pub(crate) grace_ms: i64,
    /// The form from before grace was asked for: null results at once, nothing waits (KS-35).
    pub(crate) eager: bool,
}

impl JoinWindows {
    /// Records at most `difference_ms` apart, in either order; no late records.
    pub fn of_difference(difference_ms: i64) -> Self {
        Self { before_ms: difference_ms, after_ms: difference_ms, grace_ms: 0, eager: false }
    }

    /// How long the right record may come before the left one; negative: it must come after it.
    #[must_use]
    pub fn before(mut self, before_ms: i64) -> Self {
        self.before_ms = before_ms;
        self
    }

    /// How long the right record may come after the left one.
    #[must_use]
    pub fn after(mut self, after_ms: i64) -> Self {
        self.after_ms = after_ms;
        self
    }

    /// How long after its window an unmatched record waits for late partners.
    #[must_use]
    pub fn grace(mut self, grace_ms: i64) -> Self {
        self.grace_ms = grace_ms.max(0);
        self
    }

    /// Emits unmatched records of outer joins at once instead of waiting.
    #[must_use]
    pub fn eager(mut self) -> Self {
        self.eager = true;
        self
    }

    /// Window length: before + after, ms.
    pub fn size_ms(&self) -> i64 {
        self.before_ms + self.after_ms
    }
}
