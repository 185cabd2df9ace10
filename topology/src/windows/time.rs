//! Tumbling and hopping windows.

use tillstream_stores::Window;

/// Windows of a fixed size, aligned to the epoch, `[start, end)`: tumbling, or hopping when they advance by less than
/// their size.
///
/// Of size 5 s advancing by 3 s: `[0; 5000), [3000; 8000), …` and not `[1000; 6000)`.
///
/// ```
/// use tillstream_topology::TimeWindows;
/// let windows = TimeWindows::of_size(5_000).advance_by(3_000).grace(10_000);
/// let starts: Vec<i64> = windows.containing(4_000).map(|window| window.start).collect();
/// assert_eq!(starts, [0, 3_000]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeWindows {
    size_ms: i64,
    advance_ms: i64,
    grace_ms: i64,
}

impl TimeWindows {
    /// Tumbling windows of `size_ms` milliseconds (at least 1) that take no late records.
    pub fn of_size(size_ms: i64) -> Self {
        let size_ms = size_ms.max(1);
        Self { size_ms, advance_ms: size_ms, grace_ms: 0 }
    }

    /// Hopping windows: a new one each `advance_ms` milliseconds, between 1 and the size.
    #[must_use]
    pub fn advance_by(mut self, advance_ms: i64) -> Self {
        self.advance_ms = advance_ms.clamp(1, self.size_ms);
        self
    }

    /// How long after a window's end late records still change it: 5 s keeps `[0; 10 s)` open until stream time 15 s.
    #[must_use]
    pub fn grace(mut self, grace_ms: i64) -> Self {
        self.grace_ms = grace_ms.max(0);
        self
    }

    /// Length of a window, ms.
    pub fn size_ms(&self) -> i64 {
        self.size_ms
    }

    /// Grace, ms.
    pub fn grace_ms(&self) -> i64 {
        self.grace_ms
    }

    /// The windows that contain `timestamp`, earliest first; none starts before 0 (KS-43).
    pub fn containing(&self, timestamp: i64) -> impl Iterator<Item = Window> + use<> {
        let Self { size_ms, advance_ms, .. } = *self;
        let first = (timestamp - size_ms + advance_ms).max(0) / advance_ms * advance_ms;
        // Checked: at the end of time there is no next start, and standing still would never end.
        std::iter::successors(Some(first), move |start| start.checked_add(advance_ms))
            .take_while(move |start| *start <= timestamp)
            .map(move |start| Window { start, end: start.saturating_add(size_ms) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(windows: TimeWindows, timestamp: i64) -> Vec<i64> {
        windows.containing(timestamp).map(|window| window.start).collect()
    }

    #[test]
    fn ks_43_hopping_windows_ascend_and_do_not_start_before_zero() {
        let windows = TimeWindows::of_size(30).advance_by(10);
        assert_eq!(starts(windows, 5), [0]);
        assert_eq!(starts(windows, 25), [0, 10, 20]);
        assert_eq!(starts(windows, 31), [10, 20, 30]);
    }

    #[test]
    fn a_tumbling_window_holds_its_start_and_not_its_end() {
        let windows = TimeWindows::of_size(10);
        assert_eq!(starts(windows, 10), [10]);
        assert_eq!(starts(windows, 9), [0]);
        assert_eq!(starts(windows, i64::MAX).len(), 1);
    }
}
