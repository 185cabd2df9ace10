//! The event time of a record, and which times are refused: one wrong clock must not close everybody's windows.

use std::sync::Arc;

use tillstream_models::events::{Event, format_rfc3339};
use tillstream_topology::Timestamps;

use crate::ShopSettings;
use crate::received::Received;

/// Which event times are accepted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TimeBounds {
    retention_ms: i64,
    skew_ms: i64,
    replay: bool,
}

impl TimeBounds {
    pub(crate) fn new(settings: &ShopSettings) -> Self {
        Self { retention_ms: settings.retention_ms, skew_ms: settings.timestamp_skew_ms, replay: settings.replay }
    }

    /// An extractor for events of `E`: the event's `at`, else the record's timestamp, refused when out of bounds.
    pub(crate) fn extractor<E: Event>(
        self,
    ) -> impl Fn(&Arc<str>, &Received<E>, Timestamps) -> Result<i64, String> + Send + Sync + 'static {
        move |_, received, times| self.check(received.event.at_ms().unwrap_or(times.record), times)
    }

    fn check(self, at: i64, times: Timestamps) -> Result<i64, String> {
        let newest = if self.replay { times.partition.max(times.record) } else { times.wall_clock };
        let latest = newest.saturating_add(self.skew_ms);
        let earliest = if self.replay { 0 } else { newest.saturating_sub(self.retention_ms).max(0) };
        if (earliest..=latest).contains(&at) {
            return Ok(at);
        }
        let (earliest, latest) = (format_rfc3339(earliest), format_rfc3339(latest));
        Err(format!("{} is outside {earliest} to {latest}", format_rfc3339(at)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000_000;
    const TIMES: Timestamps = Timestamps { record: 0, partition: -1, wall_clock: NOW };

    fn bounds(replay: bool) -> TimeBounds {
        TimeBounds::new(&ShopSettings { replay, ..ShopSettings::default() })
    }

    #[test]
    fn live_times_lie_between_the_retention_and_a_little_ahead_of_the_wall_clock() {
        let live = bounds(false);
        let (day, minute) = (86_400_000, 60_000);
        for accepted in [NOW, NOW - 400 * day, NOW + 10 * minute] {
            assert_eq!(live.check(accepted, TIMES), Ok(accepted));
        }
        // Seconds taken for milliseconds are in 1970.
        for refused in [NOW - 400 * day - 1, NOW + 10 * minute + 1, NOW / 1_000, 0, -1, i64::MIN, i64::MAX] {
            assert!(live.check(refused, TIMES).is_err(), "{refused}");
        }
    }

    #[test]
    fn a_replay_is_bounded_by_its_own_newest_record() {
        let replay = bounds(true);
        let times = Timestamps { record: 5_000_000, partition: 9_000_000, wall_clock: NOW };
        for accepted in [0, 5_000_000, 9_000_000 + 600_000] {
            assert_eq!(replay.check(accepted, times), Ok(accepted));
        }
        for refused in [9_000_000 + 600_001, -1, i64::MAX, i64::MIN] {
            assert!(replay.check(refused, times).is_err(), "{refused}");
        }
    }
}
