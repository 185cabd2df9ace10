//! Topic `order-updates`: Tillstream's own verdict on each order.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::json::JsonWriter;
use super::wire::{self, Object, Text, amount, currency, id, required, text, unknown_type, wire_event};
use super::{Currency, Envelope, Event, EventError, Money};

/// An event of topic `order-updates`, keyed by order id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderUpdate {
    /// Both legs succeeded, or the order service said so.
    Confirmed(OrderUpdated),
    /// A leg failed, the time ran out, or the order service said so.
    Cancelled(OrderUpdated),
}

/// What became of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderUpdated {
    /// What every event has.
    pub envelope: Envelope,
    /// The order.
    pub order_id: Box<str>,
    /// Who ordered.
    pub user_id: Box<str>,
    /// The order's total.
    pub total: Money,
    /// The currency of the total.
    pub currency: Currency,
    /// Why it was cancelled.
    pub reason: Option<Box<str>>,
    /// The legs seen by then.
    pub legs: Legs,
}

/// How far the two legs of an order had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Legs {
    /// The reservation of the goods.
    #[serde(default)]
    pub inventory: LegState,
    /// The payment.
    #[serde(default)]
    pub payment: LegState,
}

/// How far one leg of an order has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LegState {
    /// Nothing heard yet.
    #[default]
    Pending,
    /// Reserved, or paid.
    Succeeded,
    /// Out of stock, or not paid.
    Failed,
}

wire_event!(OrderUpdateWire {
    order_id: Text<'a>,
    user_id: Text<'a>,
    total: &'a RawValue,
    currency: Text<'a>,
    reason: Text<'a>,
    legs: Object<Legs>,
});

impl Event for OrderUpdate {
    const TOPIC: &'static str = "order-updates";

    fn decode(payload: &[u8]) -> Result<Self, EventError> {
        let mut wire: OrderUpdateWire<'_> = wire::parse(payload)?;
        let kind = required("type", wire.kind.take())?.0;
        match &*kind {
            "OrderConfirmed" => wire.updated().map(Self::Confirmed),
            "OrderCancelled" => wire.updated().map(Self::Cancelled),
            kind => Err(unknown_type(Self::TOPIC, kind)),
        }
    }

    fn to_json(&self) -> Vec<u8> {
        let update = self.update();
        let mut json = JsonWriter::event(self.type_name(), &update.envelope);
        json.field("orderId", &*update.order_id);
        json.field("userId", &*update.user_id);
        json.money("total", update.total);
        json.field("currency", &update.currency);
        json.optional("reason", update.reason.as_deref());
        json.field("legs", &update.legs);
        json.finish()
    }

    fn type_name(&self) -> &'static str {
        match self {
            Self::Confirmed(_) => "OrderConfirmed",
            Self::Cancelled(_) => "OrderCancelled",
        }
    }

    fn envelope(&self) -> &Envelope {
        &self.update().envelope
    }

    fn key(&self) -> &str {
        &self.update().order_id
    }
}

impl OrderUpdate {
    /// What became of the order.
    #[must_use]
    pub fn update(&self) -> &OrderUpdated {
        match self {
            Self::Confirmed(update) | Self::Cancelled(update) => update,
        }
    }
}

impl OrderUpdateWire<'_> {
    fn updated(mut self) -> Result<OrderUpdated, EventError> {
        Ok(OrderUpdated {
            envelope: self.envelope()?,
            order_id: id("orderId", self.order_id)?,
            user_id: id("userId", self.user_id)?,
            total: amount("total", self.total)?,
            currency: currency(self.currency)?,
            reason: text("reason", self.reason)?,
            legs: required("legs", self.legs)?.0,
        })
    }
}
