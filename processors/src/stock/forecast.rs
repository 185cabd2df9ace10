//! When a product will be out.

use super::Stock;
use crate::days::DAY_MS;

/// When a product will be out if it goes on to sell as of late.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forecast {
    /// Units sold a day, as of late.
    pub units_per_day: f64,
    /// Days until nothing is left; 0 when nothing is.
    pub days_left: f64,
    /// When that is, epoch ms.
    pub out_at_ms: i64,
}

impl Stock {
    /// The forecast as of `now_ms`, or of the last event if that is later. `None` when it cannot be told: the product was never
    /// counted, too little of it was sold to know a rate, or it has stopped selling.
    #[must_use]
    pub fn forecast(&self, now_ms: i64, half_life_ms: i64) -> Option<Forecast> {
        self.counted_at_ms?;
        let now_ms = now_ms.max(self.demand.last_ms());
        let units_per_day = self.demand.per_day(now_ms, half_life_ms)?;
        let days_left = if self.level <= 0 { 0.0 } else { self.level as f64 / units_per_day };
        // Beyond a million days nothing is foretold.
        (days_left < 1e6).then(|| Forecast {
            units_per_day,
            days_left,
            out_at_ms: now_ms.saturating_add((days_left * DAY_MS as f64) as i64),
        })
    }
}
