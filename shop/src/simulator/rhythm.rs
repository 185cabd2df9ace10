//! The day's rhythm.

const HOUR_MS: i64 = 3_600_000;

/// Traffic of each hour of the day (UTC) in percent of the mean: quiet at night, a lunch break,
/// busiest in the evening. The mean is 100.
const PERCENT: [u8; 24] =
    [45, 30, 22, 18, 18, 25, 45, 70, 95, 115, 125, 130, 140, 130, 125, 125, 130, 135, 150, 170, 185, 165, 125, 82];

/// How busy the hour of `at_ms` is; 1 is the mean.
pub(super) fn weight(at_ms: i64) -> f64 {
    let hour = at_ms.div_euclid(HOUR_MS).rem_euclid(24);
    let percent = usize::try_from(hour).ok().and_then(|hour| PERCENT.get(hour));
    f64::from(percent.copied().unwrap_or(100)) / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_one() {
        assert_eq!(PERCENT.iter().copied().map(u32::from).sum::<u32>(), 2_400);
        assert!(weight(20 * HOUR_MS) > 4.0 * weight(3 * HOUR_MS));
        assert_eq!(weight(-1), weight(24 * HOUR_MS - 1));
    }
}
