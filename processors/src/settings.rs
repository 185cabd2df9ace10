//! What can be set about the shop application. Plain values: where they come from is the caller's business.

use crate::days::DAY_MS;

/// Names of the topics, by role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topics {
    /// Read: the order service's events.
    pub orders: String,
    /// Read: reservations by order, stock by product.
    pub inventory: String,
    /// Read: the payment service's events.
    pub payments: String,
    /// Read: the web shop's events.
    pub user_activity: String,
    /// Compacted: the catalogue.
    pub products: String,
    /// Written: verdicts on orders.
    pub order_updates: String,
    /// Written: what other services have to undo.
    pub compensations: String,
    /// Written: notices to customers and operations.
    pub notifications: String,
    /// Written: refused records.
    pub dead_letters: String,
    /// Compacted: learned models.
    pub models: String,
    /// Written and read: lists that were shown in an experiment.
    pub exposures: String,
    /// Written, compacted: totals of each hour.
    pub revenue_by_hour: String,
    /// Written, compacted: totals of each day.
    pub revenue_by_day: String,
}

impl Default for Topics {
    fn default() -> Self {
        Self {
            orders: "orders".to_owned(),
            inventory: "inventory".to_owned(),
            payments: "payments".to_owned(),
            user_activity: "user-activity".to_owned(),
            products: "products".to_owned(),
            order_updates: "order-updates".to_owned(),
            compensations: "compensations".to_owned(),
            notifications: "notifications".to_owned(),
            dead_letters: "dead-letters".to_owned(),
            models: "models".to_owned(),
            exposures: "exposures".to_owned(),
            revenue_by_hour: "revenue-by-hour".to_owned(),
            revenue_by_day: "revenue-by-day".to_owned(),
        }
    }
}

/// Settings of the shop application; times in milliseconds of event time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShopSettings {
    /// Names of the topics.
    pub topics: Topics,
    /// How long an order waits for both legs, and a leg for its order.
    pub saga_timeout_ms: i64,
    /// How long after its end an hour still takes late sales.
    pub revenue_grace_ms: i64,
    /// How old an event may be in live operation, and how long windows and settled orders are kept.
    pub retention_ms: i64,
    /// How long event ids are remembered where an order's own row does not remember them.
    pub deduplication_horizon_ms: i64,
    /// A visit to the web shop ends after so long without an event.
    pub visit_gap_ms: i64,
    /// How long visits are kept after their end.
    pub visit_retention_ms: i64,
    /// How far ahead of the clock an event may be.
    pub timestamp_skew_ms: i64,
    /// Whether events are a replay of the past: bounded by their own newest record instead of the wall clock.
    pub replay: bool,
    /// Most distinct products of a basket that are paired.
    pub basket_max_items: usize,
    /// Product ids that are paired, as a regular expression over the upper-cased id: leaves out postage, fees and the like.
    pub basket_product_pattern: String,
    /// Operations are told when there are fewer of a product than this.
    pub low_stock: i32,
    /// Operations are told when a product will be out sooner than this; 0: they are not.
    pub stock_lead_time_ms: i64,
    /// After so long a sale counts half for the rate at which a product sells.
    pub demand_half_life_ms: i64,
    /// Most products of one customer that are remembered as bought, and as looked at.
    pub history_products_max: usize,
    /// Hours so many standard deviations off stand out.
    pub anomaly_deviations: u32,
    /// The window of best sellers when a query names none.
    pub top_window_ms: i64,
}

const MINUTE_MS: i64 = 60_000;

impl Default for ShopSettings {
    fn default() -> Self {
        Self {
            topics: Topics::default(),
            saga_timeout_ms: 30 * MINUTE_MS,
            revenue_grace_ms: 60 * MINUTE_MS,
            retention_ms: 400 * DAY_MS,
            deduplication_horizon_ms: 7 * DAY_MS,
            visit_gap_ms: 30 * MINUTE_MS,
            visit_retention_ms: 30 * DAY_MS,
            timestamp_skew_ms: 10 * MINUTE_MS,
            replay: false,
            basket_max_items: 1_000,
            // Stock codes of the sales history, and ids of the simulated shop.
            basket_product_pattern: r"^(\d{5}[A-Z]*|P\d{6})$".to_owned(),
            low_stock: 10,
            stock_lead_time_ms: 7 * DAY_MS,
            demand_half_life_ms: 14 * DAY_MS,
            history_products_max: 500,
            anomaly_deviations: 4,
            top_window_ms: DAY_MS,
        }
    }
}
