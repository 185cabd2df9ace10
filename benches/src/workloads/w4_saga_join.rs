//! W4: order ⋈ payment ⋈ inventory by order id, within 30 minutes.

use std::sync::Arc;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use tillstream_topology::stores::{i64_be, json, text, utf8};
use tillstream_topology::{Consumed, JoinWindows, KStream, Produced, StreamJoined, StreamsBuilder};

use super::events::{Inventory, Order, Payment};

const HALF_HOUR_MS: i64 = 1_800_000;

#[derive(Clone, Serialize, Deserialize)]
struct Placed {
    user: CompactString,
    total: i64,
}

#[derive(Clone, Serialize, Deserialize)]
struct Paid {
    user: CompactString,
    total: i64,
    paid: i64,
}

#[derive(Clone, Serialize, Deserialize)]
struct Reserved {
    sku: CompactString,
    qty: u32,
}

pub(super) fn build(builder: &StreamsBuilder, orders: &KStream<CompactString, Arc<Order>>, prefix: &str) {
    let windows = JoinWindows::of_difference(HALF_HOUR_MS).grace(HALF_HOUR_MS);
    let placed = orders.map_values(|order| Placed { user: order.user_id.clone(), total: order.total_minor });
    let paid = builder
        .stream("payments", Consumed::with(text(), json::<Payment>()))
        .filter(|_, payment| payment.r#type == "payment_completed")
        .map_values(|payment| payment.amount_minor);
    let reserved = builder
        .stream("inventory", Consumed::with(text(), json::<Inventory>()))
        .filter(|_, inventory| inventory.r#type == "inventory_reserved")
        .map_values(|inventory| Reserved { sku: inventory.sku, qty: inventory.qty });
    placed
        .join(
            &paid,
            |_, placed, paid| Paid { user: placed.user.clone(), total: placed.total, paid: *paid },
            windows,
            StreamJoined::with(text(), json(), i64_be()).store_named("w4-op"),
        )
        .join(
            &reserved,
            |_, paid, reserved| {
                format!(
                    "{{\"user_id\":\"{}\",\"total_minor\":{},\"paid_minor\":{},\"sku\":\"{}\",\"qty\":{}}}",
                    paid.user, paid.total, paid.paid, reserved.sku, reserved.qty
                )
            },
            windows,
            StreamJoined::with(text(), json(), json()).store_named("w4-opi"),
        )
        .to(&format!("{prefix}-w4"), Produced::with(text(), utf8()));
}
