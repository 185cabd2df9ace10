//! The shop's settings out of the configuration.

use tillstream_config::Config;
use tillstream_processors::{ShopSettings, Topics};

/// The shop application as configured.
pub(crate) fn shop_settings(config: &Config) -> ShopSettings {
    let (shop, topics) = (&config.shop, &config.topics);
    ShopSettings {
        topics: Topics {
            orders: topics.orders.clone(),
            inventory: topics.inventory.clone(),
            payments: topics.payments.clone(),
            user_activity: topics.user_activity.clone(),
            products: topics.products.clone(),
            order_updates: topics.order_updates.clone(),
            compensations: topics.compensations.clone(),
            notifications: topics.notifications.clone(),
            dead_letters: topics.dead_letters.clone(),
            models: topics.models.clone(),
            exposures: topics.exposures.clone(),
            ..Topics::default()
        },
        saga_timeout_ms: shop.saga_timeout.get(),
        revenue_grace_ms: shop.revenue_grace.get(),
        retention_ms: shop.event_retention.get(),
        deduplication_horizon_ms: shop.deduplication_horizon.get(),
        visit_gap_ms: shop.visit_gap.get(),
        visit_retention_ms: shop.visit_retention.get(),
        timestamp_skew_ms: shop.timestamp_skew.get(),
        replay: config.application.replay,
        basket_max_items: shop.basket_max_items as usize,
        basket_product_pattern: shop.basket_product_pattern.clone(),
        low_stock: i32::try_from(shop.low_stock).unwrap_or(i32::MAX),
        stock_lead_time_ms: shop.stock_lead_time.get(),
        demand_half_life_ms: shop.demand_half_life.get(),
        history_products_max: config.recommendations.history_products_max as usize,
        anomaly_deviations: shop.anomaly_deviations,
        top_window_ms: shop.top_products_window.get(),
    }
}
