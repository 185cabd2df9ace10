//! Topic `payments`: money that came, did not come, or went back.

use serde_json::value::RawValue;

use super::json::JsonWriter;
use super::wire::{self, Text, amount, currency, id, optional_id, required, text, unknown_type, wire_event};
use super::{Currency, Envelope, Event, EventError, Money};

/// An event of topic `payments`, keyed by order id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PaymentEvent {
    /// The order is paid.
    Completed(PaymentCompleted),
    /// The order cannot be paid.
    Failed(PaymentFailed),
    /// Money went back to the customer.
    Refunded(PaymentRefunded),
}

/// The order is paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentCompleted {
    /// What every event has.
    pub envelope: Envelope,
    /// The order.
    pub order_id: Box<str>,
    /// The payment service's number, when there is one.
    pub payment_id: Option<Box<str>>,
    /// How much was paid, zero or more.
    pub amount: Money,
    /// The currency of the amount.
    pub currency: Currency,
}

/// The order cannot be paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentFailed {
    /// What every event has.
    pub envelope: Envelope,
    /// The order.
    pub order_id: Box<str>,
    /// Why, when said.
    pub reason: Option<Box<str>>,
}

/// Money went back to the customer: the movement that follows a return or a compensation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentRefunded {
    /// What every event has.
    pub envelope: Envelope,
    /// The order, or the return's own number.
    pub order_id: Box<str>,
    /// The payment service's number, when there is one.
    pub payment_id: Option<Box<str>>,
    /// How much went back, zero or more.
    pub amount: Money,
    /// The currency of the amount.
    pub currency: Currency,
}

wire_event!(PaymentWire {
    order_id: Text<'a>,
    payment_id: Text<'a>,
    amount: &'a RawValue,
    currency: Text<'a>,
    reason: Text<'a>,
});

impl Event for PaymentEvent {
    const TOPIC: &'static str = "payments";

    fn decode(payload: &[u8]) -> Result<Self, EventError> {
        let mut wire: PaymentWire<'_> = wire::parse(payload)?;
        let kind = required("type", wire.kind.take())?.0;
        match &*kind {
            "PaymentCompleted" => wire.completed().map(Self::Completed),
            "PaymentFailed" => wire.failed().map(Self::Failed),
            "PaymentRefunded" => wire.refunded().map(Self::Refunded),
            kind => Err(unknown_type(Self::TOPIC, kind)),
        }
    }

    fn to_json(&self) -> Vec<u8> {
        let mut json = JsonWriter::event(self.type_name(), self.envelope());
        json.field("orderId", self.key());
        match self {
            Self::Completed(event) => {
                json.optional("paymentId", event.payment_id.as_deref());
                json.money("amount", event.amount);
                json.field("currency", &event.currency);
            }
            Self::Failed(event) => json.optional("reason", event.reason.as_deref()),
            Self::Refunded(event) => {
                json.optional("paymentId", event.payment_id.as_deref());
                json.money("amount", event.amount);
                json.field("currency", &event.currency);
            }
        }
        json.finish()
    }

    fn type_name(&self) -> &'static str {
        match self {
            Self::Completed(_) => "PaymentCompleted",
            Self::Failed(_) => "PaymentFailed",
            Self::Refunded(_) => "PaymentRefunded",
        }
    }

    fn envelope(&self) -> &Envelope {
        match self {
            Self::Completed(event) => &event.envelope,
            Self::Failed(event) => &event.envelope,
            Self::Refunded(event) => &event.envelope,
        }
    }

    fn key(&self) -> &str {
        match self {
            Self::Completed(event) => &event.order_id,
            Self::Failed(event) => &event.order_id,
            Self::Refunded(event) => &event.order_id,
        }
    }
}

impl PaymentWire<'_> {
    fn order_id(&mut self) -> Result<Box<str>, EventError> {
        id("orderId", self.order_id.take())
    }

    fn completed(mut self) -> Result<PaymentCompleted, EventError> {
        Ok(PaymentCompleted {
            envelope: self.envelope()?,
            order_id: self.order_id()?,
            payment_id: optional_id("paymentId", self.payment_id)?,
            amount: amount("amount", self.amount)?,
            currency: currency(self.currency)?,
        })
    }

    fn failed(mut self) -> Result<PaymentFailed, EventError> {
        Ok(PaymentFailed {
            envelope: self.envelope()?,
            order_id: self.order_id()?,
            reason: text("reason", self.reason)?,
        })
    }

    fn refunded(mut self) -> Result<PaymentRefunded, EventError> {
        Ok(PaymentRefunded {
            envelope: self.envelope()?,
            order_id: self.order_id()?,
            payment_id: optional_id("paymentId", self.payment_id)?,
            amount: amount("amount", self.amount)?,
            currency: currency(self.currency)?,
        })
    }
}
