//! `[shop]`

use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::FaultKind::OutOfRange;
use crate::Millis;
use crate::checks::Checks;

/// The shop application. All durations are event time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shop {
    /// How long an order waits for its legs.
    pub saga_timeout: Millis,
    /// How long an event id is remembered.
    pub deduplication_horizon: Millis,
    /// How long after its end a revenue window takes corrections.
    pub revenue_grace: Millis,
    /// How long a visitor may pause.
    pub visit_gap: Millis,
    /// How long visits are kept.
    pub visit_retention: Millis,
    /// How far ahead of the clock an event may be.
    pub timestamp_skew: Millis,
    /// How old an event may be.
    pub event_retention: Millis,
    /// Most distinct products of one order that are paired.
    pub basket_max_items: u32,
    /// Product ids that are paired, recommended and learned from, as a regular expression over the upper-cased id.
    pub basket_product_pattern: String,
    /// Operations are told when there are fewer of a product than this.
    pub low_stock: u32,
    /// Operations are told when a product will be out sooner than this.
    pub stock_lead_time: Millis,
    /// Age at which a sale counts half for the rate at which a product sells.
    pub demand_half_life: Millis,
    /// How far off an hour must be to stand out, in standard deviations.
    pub anomaly_deviations: u32,
    /// Time over which best sellers are counted.
    pub top_products_window: Millis,
}

impl Shop {
    pub(crate) fn check(&self, checks: &mut Checks<'_>) {
        checks.between("shop.saga_timeout", self.saga_timeout, Millis::seconds(1), Millis::days(30));
        let horizon = ("shop.deduplication_horizon", self.deduplication_horizon);
        checks.between(horizon.0, horizon.1, Millis::minutes(1), Millis::days(365));
        let grace = ("shop.revenue_grace", self.revenue_grace);
        checks.between(grace.0, grace.1, Millis::seconds(1), Millis::days(365));
        let gap = ("shop.visit_gap", self.visit_gap);
        checks.between(gap.0, gap.1, Millis::minutes(1), Millis::days(7));
        let kept = ("shop.visit_retention", self.visit_retention);
        checks.between(kept.0, kept.1, Millis::hours(1), Millis::days(36_500));
        checks.at_least(kept, gap, "an event must find the visit that it belongs to");
        checks.at_least(kept, grace, "corrections must find the visit that they belong to");
        checks.between("shop.timestamp_skew", self.timestamp_skew, Millis::ZERO, Millis::days(1));
        let retention = ("shop.event_retention", self.event_retention);
        checks.between(retention.0, retention.1, Millis::hours(1), Millis::days(36_500));
        checks.between("shop.basket_max_items", self.basket_max_items, 2, 5000);
        if let Err(error) = Regex::new(&self.basket_product_pattern) {
            // The lines before show where; the last one says what.
            let (all, key) = (error.to_string(), "shop.basket_product_pattern");
            let problem = format!("not a regular expression ({})", all.lines().last().unwrap_or_default());
            checks.refuse(
                OutOfRange,
                key,
                &self.basket_product_pattern,
                problem,
                "mend it: https://docs.rs/regex#syntax",
            );
        }
        checks.between("shop.low_stock", self.low_stock, 0, 1_000_000);
        checks.between("shop.stock_lead_time", self.stock_lead_time, Millis::ZERO, Millis::days(365));
        checks.between("shop.demand_half_life", self.demand_half_life, Millis::hours(1), Millis::days(3_650));
        checks.between("shop.anomaly_deviations", self.anomaly_deviations, 2, 100);
        let window = self.top_products_window;
        checks.between("shop.top_products_window", window, Millis::hours(1), Millis::days(31));
        checks.at_least(
            grace,
            ("shop.saga_timeout", self.saga_timeout),
            "an order cancelled by time-out must still find the window it was counted in",
        );
        checks.at_least(retention, horizon, "no event gets in that the horizon would still remember");
        checks.at_least(retention, grace, "corrections must get in as long as windows take them");
    }
}
