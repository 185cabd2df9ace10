//! What operations are told about stock: once each time something becomes so, and not again until it was over.

use serde::{Deserialize, Serialize};
use tillstream_models::events::{Envelope, LowStock, Notification, StockOutForecast};

use super::Stock;
use crate::ShopSettings;
use crate::days::days;

/// When operations are told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Watch {
    low: i32,
    lead_ms: i64,
    half_life_ms: i64,
}

/// What operations were told and is not over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Told {
    /// That there are few.
    low: bool,
    /// That there will be none before more can come.
    soon_out: bool,
}

impl Watch {
    pub(super) fn new(settings: &ShopSettings) -> Self {
        let ShopSettings { low_stock, stock_lead_time_ms, demand_half_life_ms, .. } = *settings;
        Self { low: low_stock, lead_ms: stock_lead_time_ms, half_life_ms: demand_half_life_ms }
    }

    pub(super) fn half_life_ms(&self) -> i64 {
        self.half_life_ms
    }

    /// What there is to tell about a product after its event `event_id` of time `at_ms`. Of one that was never counted it is not
    /// known how much there is: nothing is told.
    pub(super) fn look(
        &self,
        product: &str,
        stock: &mut Stock,
        event_id: &str,
        at_ms: i64,
    ) -> [Option<Notification>; 2] {
        if stock.counted_at_ms.is_none() {
            return [None, None];
        }
        // The id follows from the event's: a repeat of the notice is told by it.
        let envelope = |kind: &str| Envelope::new(format!("{kind}-{event_id}"), at_ms);
        let low = self.becomes_low(stock).then(|| {
            let (envelope, product_id) = (envelope("low"), product.into());
            Notification::LowStock(LowStock { envelope, product_id, level: stock.level, threshold: self.low })
        });
        [low, self.soon_out(product, stock, at_ms, || envelope("out"))]
    }

    fn becomes_low(&self, stock: &mut Stock) -> bool {
        let low = i64::from(self.low);
        // Over only when there are half as many again: a level that goes up and down by one is told once.
        let (is, over) = (stock.level < low, stock.level >= low + (low / 2).max(1));
        becomes(&mut stock.told.low, is, over)
    }

    fn soon_out(
        &self,
        product: &str,
        stock: &mut Stock,
        at_ms: i64,
        envelope: impl FnOnce() -> Envelope,
    ) -> Option<Notification> {
        if self.lead_ms == 0 {
            return None;
        }
        let lead_time_days = days(self.lead_ms);
        let forecast = stock.forecast(at_ms, self.half_life_ms)?;
        let (is, over) = (forecast.days_left < lead_time_days, forecast.days_left >= 1.5 * lead_time_days);
        becomes(&mut stock.told.soon_out, is, over).then(|| {
            Notification::StockOutForecast(StockOutForecast {
                envelope: envelope(),
                product_id: product.into(),
                level: stock.level,
                units_per_day: forecast.units_per_day,
                days_left: forecast.days_left,
                lead_time_days,
            })
        })
    }
}

/// Whether something begins that was not told; from then on it is told until it is over.
fn becomes(told: &mut bool, is: bool, over: bool) -> bool {
    let begins = is && !*told;
    *told = is || (*told && !over);
    begins
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_up_and_down_by_one_is_told_once() {
        let watch = Watch { low: 10, lead_ms: 0, half_life_ms: 1 };
        let mut stock = Stock { counted_at_ms: Some(0), ..Stock::default() };
        let mut told = Vec::new();
        for level in [20, 10, 9, 10, 9, 14, 9, 15, 9, -3] {
            stock.level = level;
            told.push(watch.becomes_low(&mut stock));
        }
        assert_eq!(told, [false, false, true, false, false, false, false, false, true, false]);
    }

    #[test]
    fn a_threshold_of_zero_tells_when_more_left_than_there_was() {
        let watch = Watch { low: 0, lead_ms: 0, half_life_ms: 1 };
        let mut stock = Stock::default();
        let mut told = Vec::new();
        for level in [0, -1, 0, -1, 1, -1] {
            stock.level = level;
            told.push(watch.becomes_low(&mut stock));
        }
        assert_eq!(told, [false, true, false, false, false, true]);
    }
}
