//! The row of a product's stock, and what an event makes of it.

use serde::{Deserialize, Serialize};
use tillstream_models::events::{InventoryEvent, StockAdjusted};
use tillstream_topology::ProcessError;

use super::demand::Demand;
use super::watch::Told;
use crate::sales::overflow;

/// Why stock leaves when customers buy, and comes back when an order is not to be.
const SALE: &str = "sale";
const RELEASE: &str = "release";

/// The stock of one product; times in epoch milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Stock {
    /// How many there are; negative when more left than was known to be there.
    pub level: i64,
    /// Adjustments heard of.
    pub adjustments: u64,
    /// Time of the last count.
    pub counted_at_ms: Option<i64>,
    /// Time of the last event.
    pub updated_at_ms: i64,
    /// How fast it sells.
    pub demand: Demand,
    /// What operations were told and is not over.
    pub told: Told,
}

impl Stock {
    /// The stock after an event of time `at_ms`. An adjustment from before the last count is in that count already.
    pub(super) fn after(mut self, event: &InventoryEvent, at_ms: i64, half_life_ms: i64) -> Result<Self, ProcessError> {
        let counted_before = self.counted_at_ms.is_none_or(|counted| counted <= at_ms);
        match event {
            InventoryEvent::Adjusted(adjusted) => {
                if counted_before {
                    let level = self.level.checked_add(i64::from(adjusted.delta));
                    self.level = level.ok_or_else(|| overflow("the stock of a product"))?;
                }
                self.adjustments = self.adjustments.saturating_add(1);
                if let Some(units) = sold(adjusted) {
                    self.demand.sell(units, at_ms, half_life_ms);
                }
            }
            InventoryEvent::Counted(counted) if counted_before => {
                self.level = i64::from(counted.quantity);
                self.counted_at_ms = Some(at_ms);
            }
            _ => {}
        }
        self.demand.watch(at_ms);
        self.updated_at_ms = self.updated_at_ms.max(at_ms);
        Ok(self)
    }
}

/// What left for customers: stock that left for a sale, or that left and nobody says why; what comes back because the order is not
/// to be did not leave after all. Breakage and deliveries say nothing about customers.
fn sold(adjusted: &StockAdjusted) -> Option<i64> {
    let units = -i64::from(adjusted.delta);
    let counts = match adjusted.cause.as_deref() {
        Some(SALE) => units > 0,
        Some(RELEASE) => units < 0,
        None => units > 0,
        Some(_) => false,
    };
    counts.then_some(units)
}

#[cfg(test)]
mod tests {
    use tillstream_models::events::{Envelope, StockCounted};

    use super::*;

    fn adjusted(delta: i32) -> InventoryEvent {
        let envelope = Envelope::new("s", 0);
        InventoryEvent::Adjusted(StockAdjusted { envelope, product_id: "p".into(), delta, cause: None })
    }

    fn counted(quantity: i32) -> InventoryEvent {
        InventoryEvent::Counted(StockCounted { envelope: Envelope::new("s", 0), product_id: "p".into(), quantity })
    }

    fn level(events: &[(InventoryEvent, i64)]) -> i64 {
        events.iter().fold(Stock::default(), |stock, (event, at)| stock.after(event, *at, 1).unwrap()).level
    }

    #[test]
    fn a_count_replaces_what_was_added_up_before() {
        assert_eq!(level(&[(adjusted(-6), 1), (adjusted(10), 2)]), 4);
        assert_eq!(level(&[(adjusted(-6), 1), (counted(100), 2), (adjusted(-1), 3)]), 99);
    }

    #[test]
    fn sales_are_what_leaves_for_customers() {
        let units = |delta, cause: Option<&str>| {
            sold(&StockAdjusted {
                envelope: Envelope::new("s", 0),
                product_id: "p".into(),
                delta,
                cause: cause.map(Into::into),
            })
        };
        assert_eq!([units(-6, Some("sale")), units(-6, None), units(6, Some("release"))], [Some(6), Some(6), Some(-6)]);
        for (delta, cause) in [(6, None), (6, Some("delivery")), (-6, Some("breakage")), (6, Some("sale"))] {
            assert_eq!(units(delta, cause), None, "{delta} {cause:?}");
        }
    }

    #[test]
    fn what_comes_late_is_in_the_count_already() {
        assert_eq!(level(&[(counted(100), 5), (adjusted(-6), 4)]), 100);
        assert_eq!(level(&[(counted(100), 5), (counted(7), 4)]), 100);
        assert_eq!(level(&[(counted(100), 5), (adjusted(-6), 5)]), 94);
    }
}
