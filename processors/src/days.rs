//! Lengths of time in days.

/// Milliseconds of a day.
pub(crate) const DAY_MS: i64 = 86_400_000;

/// A length of time in days.
pub(crate) fn days(ms: i64) -> f64 {
    ms as f64 / DAY_MS as f64
}

/// Days that have passed; 0 where the moment is still to come.
pub(crate) fn days_since(then_ms: i64, now_ms: i64) -> f64 {
    days(now_ms.saturating_sub(then_ms).max(0))
}
