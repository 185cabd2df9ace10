//! W1: parse JSON, filter, map to a small JSON, write.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tillstream_topology::{KStream, Produced};

use super::events::Order;

#[derive(Clone, Serialize, Deserialize)]
struct SmallOrder {
    id: String,
    user: String,
    total: i64,
    items: usize,
}

pub(super) fn build(orders: &KStream<String, Arc<Order>>, prefix: &str) {
    orders
        .filter(|_, order| order.currency == "EUR" || order.total_minor > 50_000)
        .map_values(|order| SmallOrder {
            id: order.order_id.clone(),
            user: order.user_id.clone(),
            total: order.total_minor,
            items: order.lines.len(),
        })
        .to(&format!("{prefix}-w1"), Produced::json());
}
