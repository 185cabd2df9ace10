//! When records were appended, as far as the log knows it.

use super::keys::Fields;

/// More samples than this are not kept for one partition.
const LIMIT: i64 = 32;

/// Samples of (time, end offset): at that time everything before the offset was there already.
///
/// Retention goes by them and not by event time: a replay of old data would otherwise lose it at once. The time comes
/// with each house-keeping, so a record counts as appended at the first one after it. Between two samples lies at least
/// a 32nd of the retention, so that their number is bounded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct AppendTimes(Vec<(i64, i64)>);

impl AppendTimes {
    /// Notes that `end` is the end offset at `now_ms`; tells whether there is something new to keep.
    pub(super) fn note(&mut self, now_ms: i64, end: i64, retention_ms: i64) -> bool {
        let spacing = (retention_ms / LIMIT).max(1);
        let wanted = match self.0.last() {
            None => end > 0,
            Some(&(time, offset)) => end > offset && now_ms >= time.saturating_add(spacing),
        };
        if wanted {
            self.0.push((now_ms, end));
        }
        wanted
    }

    /// Forgets the samples older than the retention; returns the offset before which all records are.
    pub(super) fn expire(&mut self, now_ms: i64, retention_ms: i64) -> Option<i64> {
        let oldest = now_ms.saturating_sub(retention_ms);
        let count = self.0.partition_point(|(time, _)| *time <= oldest);
        self.0.drain(..count).next_back().map(|(_, offset)| offset)
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let numbers = self.0.iter().flat_map(|(time, offset)| [time, offset]);
        numbers.flat_map(|number| number.to_be_bytes()).collect()
    }

    pub(super) fn decode(value: &[u8]) -> Option<Self> {
        let mut fields = Fields(value);
        let mut samples = Vec::new();
        while !fields.0.is_empty() {
            samples.push((fields.i64()?, fields.i64()?));
        }
        Some(Self(samples))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Nothing goes before its time, everything goes soon after it, and the memory is bounded.
        #[test]
        fn records_go_between_one_and_two_retentions(steps in prop::collection::vec((1_i64..50, 0_i64..3), 1..400)) {
            const RETENTION: i64 = 320;
            let mut times = AppendTimes::default();
            let (mut now, mut end, mut start) = (0, 0, 0);
            let mut appended = Vec::new();
            for (passed, records) in steps {
                appended.extend((0..records).map(|_| now));
                end += records;
                now += passed;
                times.note(now, end, RETENTION);
                if let Some(offset) = times.expire(now, RETENTION) {
                    prop_assert!(offset >= start && offset <= end);
                    start = offset;
                }
                let kept = appended.iter().skip(usize::try_from(start).unwrap_or(0));
                let gone = appended.iter().take(usize::try_from(start).unwrap_or(0));
                prop_assert!(gone.into_iter().all(|time| now - time >= RETENTION));
                // Behind the retention come at most: the spacing of samples, and two steps of this test.
                prop_assert!(kept.into_iter().all(|time| now - time < RETENTION + 10 + 100));
                prop_assert!(times.0.len() <= 33);
                prop_assert_eq!(AppendTimes::decode(&times.encode()), Some(times.clone()));
            }
        }
    }
}
