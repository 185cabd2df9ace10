//! W1: parse JSON, filter, map to a small JSON, write.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use tillstream_topology::stores::{json, text};
use tillstream_topology::{KStream, Produced};

use super::events::Order;

/// What W1 keeps of an order.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SmallOrder {
    id: CompactString,
    user: CompactString,
    total: i64,
    items: usize,
}

impl SmallOrder {
    pub(crate) fn of(order: &Order) -> Self {
        Self {
            id: order.order_id.clone(),
            user: order.user_id.clone(),
            total: order.total_minor,
            items: order.lines.len(),
        }
    }
}

impl Order {
    /// Whether W1 keeps it.
    pub(crate) fn is_wanted(&self) -> bool {
        self.currency == "EUR" || self.total_minor > 50_000
    }
}

pub(super) fn build(orders: &KStream<CompactString, Order>, prefix: &str) {
    orders
        .filter(|_, order| order.is_wanted())
        .map_values(|order| SmallOrder::of(&order))
        .to(&format!("{prefix}-w1"), Produced::with(text(), json()));
}
