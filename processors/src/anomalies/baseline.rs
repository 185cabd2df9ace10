//! What an hour of the week is expected to be.

use serde::{Deserialize, Serialize};

use super::Spotted;

/// Weeks after which an hour of the week is known well enough to be judged by.
const KNOWN_AFTER: u32 = 4;
/// Weight of a new week once many are known: about the last ten count.
const LEAST_WEIGHT: f64 = 0.1;
/// Spread that revenue is taken to have at least, as a part of what is expected.
const LEAST_SPREAD: f64 = 0.25;
/// So many deviations of a week that stands out count, so that one sale of the century does not hide what comes after it.
const COUNTED_DEVIATIONS: f64 = 3.0;

/// One hour of the week in one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Baseline {
    weeks: u32,
    orders: Level,
    revenue: Level,
}

/// Mean and variance in which recent weeks count more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Level {
    mean: f64,
    variance: f64,
}

impl Level {
    fn spread(self, least: f64) -> f64 {
        self.variance.sqrt().max(least).max(f64::MIN_POSITIVE)
    }

    fn judge(self, value: f64, least: f64) -> Spotted {
        Spotted { value, expected: self.mean, score: (value - self.mean) / self.spread(least) }
    }

    fn learn(&mut self, value: f64, least: f64, weeks: u32) {
        let far = COUNTED_DEVIATIONS * self.spread(least);
        let value = if weeks < KNOWN_AFTER { value } else { value.clamp(self.mean - far, self.mean + far) };
        let weight = (1.0 / (f64::from(weeks) + 1.0)).max(LEAST_WEIGHT);
        let off = value - self.mean;
        self.mean += weight * off;
        self.variance = (1.0 - weight) * (self.variance + weight * off * off);
    }
}

impl Baseline {
    /// Judges an hour, orders first, and learns from it; `None` while too few weeks are known.
    pub(crate) fn meet(&mut self, orders: f64, revenue: f64) -> Option<[Spotted; 2]> {
        // Customers come one by one: their number spreads like its square root at least, and revenue by one order at least.
        let least_orders = self.orders.mean.max(1.0).sqrt();
        let least_revenue = (LEAST_SPREAD * self.revenue.mean.abs()).max(revenue.abs() / orders.max(1.0));
        let judged = (self.weeks >= KNOWN_AFTER)
            .then(|| [self.orders.judge(orders, least_orders), self.revenue.judge(revenue, least_revenue)]);
        self.orders.learn(orders, least_orders, self.weeks);
        self.revenue.learn(revenue, least_revenue, self.weeks);
        self.weeks = self.weeks.saturating_add(1);
        judged
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(weeks: &[(f64, f64)]) -> Baseline {
        let mut baseline = Baseline::default();
        weeks.iter().for_each(|(orders, revenue)| _ = baseline.meet(*orders, *revenue));
        baseline
    }

    #[test]
    fn the_mean_and_variance_of_the_first_weeks_are_the_plain_ones() {
        let baseline = after(&[(2.0, 0.0), (4.0, 0.0), (6.0, 0.0)]);
        assert!((baseline.orders.mean - 4.0).abs() < 1e-9);
        assert!((baseline.orders.variance - 8.0 / 3.0).abs() < 1e-9);
    }

    #[test]
    fn nothing_is_judged_before_the_hour_is_known() {
        let mut baseline = after(&[(10.0, 100.0); 3]);
        assert_eq!(baseline.meet(500.0, 0.0), None);
        assert!(baseline.meet(10.0, 100.0).is_some());
    }

    #[test]
    fn a_usual_hour_is_near_zero_and_a_rush_and_a_silence_are_far() {
        let known = after(&[(16.0, 1_600.0); 8]);
        let score = |orders, revenue| known.clone().meet(orders, revenue).unwrap().map(|spotted| spotted.score);
        assert_eq!(score(16.0, 1_600.0), [0.0, 0.0]);
        // Sixteen spread by four at least.
        assert_eq!(score(40.0, 4_000.0)[0], 6.0);
        assert_eq!(score(0.0, 0.0), [-4.0, -4.0]);
        // One large order in an hour that has no orders: by one order.
        let empty = after(&[(0.0, 0.0); 8]);
        assert_eq!(empty.clone().meet(1.0, 9_000.0).unwrap().map(|spotted| spotted.score), [1.0, 1.0]);
    }

    #[test]
    fn a_week_that_stands_out_hardly_moves_what_is_expected() {
        let mut baseline = after(&[(16.0, 0.0); 20]);
        baseline.meet(10_000.0, 0.0);
        assert!((16.0..18.0).contains(&baseline.orders.mean), "{baseline:?}");
    }
}
