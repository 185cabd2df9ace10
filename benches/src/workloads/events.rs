//! The benchmark's events.

use serde::{Deserialize, Serialize};

/// A line of an order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Line {
    pub sku: String,
    pub category: String,
    pub qty: u32,
    pub unit_minor: i64,
}

/// An order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Order {
    pub order_id: String,
    pub user_id: String,
    pub currency: String,
    pub lines: Vec<Line>,
    pub total_minor: i64,
}

/// A payment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Payment {
    pub r#type: String,
    pub amount_minor: i64,
}

/// A reservation of one line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Inventory {
    pub r#type: String,
    pub sku: String,
    pub qty: u32,
}
