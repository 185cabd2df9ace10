//! The benchmark's events.

use serde::{Deserialize, Serialize};

/// A line of an order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) sku: String,
    pub(crate) category: String,
    pub(crate) qty: u32,
    pub(crate) unit_minor: i64,
}

/// An order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) order_id: String,
    pub(crate) user_id: String,
    pub(crate) currency: String,
    pub(crate) lines: Vec<Line>,
    pub(crate) total_minor: i64,
}

/// A payment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Payment {
    pub(crate) r#type: String,
    pub(crate) amount_minor: i64,
}

/// A reservation of one line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Inventory {
    pub(crate) r#type: String,
    pub(crate) sku: String,
    pub(crate) qty: u32,
}
