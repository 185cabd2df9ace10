//! The row of an order: everything known about it. It is the answer to "what became of my order?".

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tillstream_models::events::{Country, Currency, Money, StockItem};

use super::status::Status;
use super::transitions::Saga;
use crate::deduplicate::SeenEvents;
use crate::sales::Line;

/// Everything known about one order; times in epoch milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Order {
    /// Where it is, and how far its legs are.
    pub saga: Saga,
    /// What was ordered, once OrderPlaced came.
    pub details: Option<Details>,
    /// The reservation.
    pub inventory: InventoryLeg,
    /// The payment.
    pub payment: PaymentLeg,
    /// Why it was cancelled.
    pub reason: Option<Box<str>>,
    /// What other services were asked to undo.
    pub compensations: Vec<Compensated>,
    /// Time of the last event that changed it.
    pub updated_at_ms: i64,
    /// Events that made no sense in its state and changed nothing.
    pub illegal: u32,
    /// When the time runs out while something is waited for, else when the order is forgotten.
    pub deadline_ms: Option<i64>,
    /// Event ids seen, so that a repeat counts once.
    pub(crate) seen: SeenEvents,
}

impl Order {
    /// Where the order is in its life.
    #[must_use]
    pub fn status(&self) -> Status {
        self.saga.status
    }
}

/// What OrderPlaced said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Details {
    /// Who ordered.
    pub user_id: Box<str>,
    /// Where to, when known.
    pub country: Option<Country>,
    /// The currency of all amounts.
    pub currency: Currency,
    /// What was ordered.
    #[serde(with = "shared_lines")]
    pub items: Arc<[Line]>,
    /// What is to be paid.
    pub total: Money,
    /// When.
    pub placed_at_ms: i64,
}

/// What is known of the reservation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct InventoryLeg {
    /// When it was decided.
    pub at_ms: Option<i64>,
    /// What was set aside, where the event says so.
    pub items: Vec<Reserved>,
    /// When it was given back.
    pub released_at_ms: Option<i64>,
}

/// So many of a product set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reserved {
    /// The product.
    pub product_id: Box<str>,
    /// How many.
    pub quantity: i32,
}

impl From<StockItem> for Reserved {
    fn from(StockItem { product_id, quantity }: StockItem) -> Self {
        Self { product_id, quantity }
    }
}

/// What is known of the payment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PaymentLeg {
    /// When it was decided.
    pub at_ms: Option<i64>,
    /// The payment service's number.
    pub payment_id: Option<Box<str>>,
    /// What was paid, in which currency.
    pub paid: Option<(Money, Currency)>,
    /// What went back so far.
    pub refunded: Money,
    /// When the last of it went back.
    pub refunded_at_ms: Option<i64>,
}

/// What another service was asked to undo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Compensated {
    /// Which leg.
    pub leg: Leg,
    /// When.
    pub at_ms: i64,
}

/// A leg of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Leg {
    /// The reservation.
    Inventory,
    /// The payment.
    Payment,
}

/// Shared lines as a plain JSON array.
mod shared_lines {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::sales::Line;

    pub(super) fn serialize<S: Serializer>(lines: &Arc<[Line]>, serializer: S) -> Result<S::Ok, S::Error> {
        lines.as_ref().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<[Line]>, D::Error> {
        Vec::deserialize(deserializer).map(Arc::from)
    }
}
