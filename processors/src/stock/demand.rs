//! How fast a product sells: what leaves, recent days counting more.

use serde::{Deserialize, Serialize};

use crate::days::DAY_MS;

/// Fewer sales say too little about the days to come.
const KNOWN_AFTER_SALES: u32 = 5;
/// So does a shorter time.
const KNOWN_AFTER_MS: i64 = DAY_MS;
/// Parts a unit is kept in: whole numbers are the same after they were written down and read again.
const PARTS: f64 = 1e6;

/// What sold of a product, each unit worth half after every half-life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Demand {
    /// Millionths of a unit, as they count at `at_ms`.
    sold: i64,
    /// Sales heard of.
    sales: u32,
    /// Since when one would have heard of a sale, epoch ms.
    since_ms: Option<i64>,
    /// Time of the last sale, epoch ms.
    at_ms: i64,
}

impl Demand {
    /// From `at_ms` on sales would be heard of.
    pub(super) fn watch(&mut self, at_ms: i64) {
        self.since_ms = Some(self.since_ms.map_or(at_ms, |since| since.min(at_ms)));
    }

    /// Counts what left for customers at `at_ms`; a negative number of units did not leave after all.
    pub(super) fn sell(&mut self, units: i64, at_ms: i64, half_life_ms: i64) {
        let parts = units as f64 * PARTS;
        let (before, sold) = (self.sold as f64, left(self.at_ms, at_ms, half_life_ms));
        // Who comes late counts as of the last sale, as if it had come in time.
        let sum = if at_ms >= self.at_ms { before * sold + parts } else { before + parts * sold };
        self.sold = sum.round() as i64;
        self.at_ms = self.at_ms.max(at_ms);
        self.sales = if units > 0 { self.sales.saturating_add(1) } else { self.sales.saturating_sub(1) };
    }

    /// Units a day at `now_ms`; `None` while too little is known.
    ///
    /// The average over the time since the first word of the product in which each moment has the weight its sales have: young
    /// products are not taken to be slow.
    #[must_use]
    pub fn per_day(&self, now_ms: i64, half_life_ms: i64) -> Option<f64> {
        let now_ms = now_ms.max(self.at_ms);
        let watched_ms = now_ms.saturating_sub(self.since_ms?);
        if self.sales < KNOWN_AFTER_SALES || watched_ms < KNOWN_AFTER_MS {
            return None;
        }
        let weight_ms = half_life_ms as f64 / std::f64::consts::LN_2 * (1.0 - left(0, watched_ms, half_life_ms));
        let sold = self.sold as f64 / PARTS * left(self.at_ms, now_ms, half_life_ms);
        Some(sold * DAY_MS as f64 / weight_ms).filter(|rate| rate.is_finite() && *rate >= 0.0)
    }

    /// Time of the last sale, epoch ms.
    pub(super) fn last_ms(&self) -> i64 {
        self.at_ms
    }
}

/// What is left of one after the time between two moments.
fn left(a_ms: i64, b_ms: i64, half_life_ms: i64) -> f64 {
    (-(b_ms.abs_diff(a_ms) as f64) / half_life_ms.max(1) as f64).exp2()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HALF_LIFE: i64 = 14 * DAY_MS;

    fn sold(sales: &[(i64, i64)]) -> Demand {
        let mut demand = Demand::default();
        demand.watch(0);
        sales.iter().for_each(|(at, units)| demand.sell(*units, *at, HALF_LIFE));
        demand
    }

    #[test]
    fn an_even_rate_is_found_soon_and_stays() {
        for days in [6, 60, 600] {
            let sales: Vec<_> = (0..days * 24).map(|hour| (hour * 3_600_000 + 1_800_000, 2)).collect();
            let rate = sold(&sales).per_day(days * DAY_MS, HALF_LIFE).unwrap();
            assert!((rate - 48.0).abs() < 0.1, "{days} days: {rate}");
        }
    }

    #[test]
    fn the_rate_follows_and_fades() {
        let sales: Vec<_> = (0..600).map(|day| (day * DAY_MS, if day < 558 { 10 } else { 80 })).collect();
        let rate = |now| sold(&sales).per_day(now, HALF_LIFE).unwrap();
        // Three half-lives at the new rate: seven eighths of the way.
        assert!((rate(599 * DAY_MS) - 71.25).abs() < 3.0, "{}", rate(599 * DAY_MS));
        let ratio = rate(599 * DAY_MS + HALF_LIFE) / rate(599 * DAY_MS);
        assert!((ratio - 0.5).abs() < 1e-6, "{ratio}");
    }

    #[test]
    fn too_little_is_not_known() {
        let four: Vec<_> = (0..4).map(|day| (day * DAY_MS, 1)).collect();
        assert_eq!(sold(&four).per_day(9 * DAY_MS, HALF_LIFE), None);
        assert_eq!(sold(&[(0, 1); 50]).per_day(DAY_MS - 1, HALF_LIFE), None);
        assert!(sold(&[(0, 1); 50]).per_day(DAY_MS, HALF_LIFE).is_some());
        let mut back = sold(&[(0, 1); 5]);
        back.sell(-1, 1, HALF_LIFE);
        assert_eq!(back.per_day(DAY_MS, HALF_LIFE), None, "what came back was no sale");
    }

    proptest! {
        #[test]
        fn the_order_of_arrival_does_not_matter(sales in prop::collection::vec((0..90_i64, 1..50_i64), 6..20)) {
            let sales: Vec<_> = sales.iter().map(|(day, units)| (day * DAY_MS, *units)).collect();
            let backwards: Vec<_> = sales.iter().rev().copied().collect();
            let rate = |sales: &[(i64, i64)]| sold(sales).per_day(100 * DAY_MS, HALF_LIFE).unwrap();
            prop_assert!((rate(&sales) - rate(&backwards)).abs() < 1e-4);
        }
    }
}
