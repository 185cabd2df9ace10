//! Topic `compensations`: what other services are to undo for a cancelled order.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::inventory::StockItem;
use super::json::JsonWriter;
use super::wire::{
    self, Object, Text, amount, count, currency, id, items, optional_id, required, text, unknown_type, wire_event,
};
use super::{Currency, Envelope, Event, EventError, Money};

/// An event of topic `compensations`, keyed by order id; each is sent exactly once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compensation {
    /// To the inventory service: give the reservation back.
    ReleaseInventory(ReleaseInventory),
    /// To the payment service: give the money back.
    RefundPayment(RefundPayment),
}

/// Give the reservation back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseInventory {
    /// What every event has.
    pub envelope: Envelope,
    /// The order.
    pub order_id: Box<str>,
    /// What was reserved.
    pub items: Vec<StockItem>,
    /// Why the order was cancelled.
    pub cause: Box<str>,
}

/// Give the money back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundPayment {
    /// What every event has.
    pub envelope: Envelope,
    /// The order.
    pub order_id: Box<str>,
    /// The payment to undo, when it has a number.
    pub payment_id: Option<Box<str>>,
    /// What was paid.
    pub amount: Money,
    /// The currency of the amount.
    pub currency: Currency,
    /// Why the order was cancelled.
    pub cause: Box<str>,
}

/// An item as it stands in the payload.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct ItemWire<'a> {
    product_id: Option<Text<'a>>,
    quantity: Option<i64>,
}

wire_event!(CompensationWire {
    order_id: Text<'a>,
    items: Vec<Object<ItemWire<'a>>>,
    payment_id: Text<'a>,
    amount: &'a RawValue,
    currency: Text<'a>,
    cause: Text<'a>,
});

impl Event for Compensation {
    const TOPIC: &'static str = "compensations";

    fn decode(payload: &[u8]) -> Result<Self, EventError> {
        let mut wire: CompensationWire<'_> = wire::parse(payload)?;
        let kind = required("type", wire.kind.take())?.0;
        match &*kind {
            "ReleaseInventory" => wire.release().map(Self::ReleaseInventory),
            "RefundPayment" => wire.refund().map(Self::RefundPayment),
            kind => Err(unknown_type(Self::TOPIC, kind)),
        }
    }

    fn to_json(&self) -> Vec<u8> {
        let mut json = JsonWriter::event(self.type_name(), self.envelope());
        json.field("orderId", self.key());
        match self {
            Self::ReleaseInventory(release) => {
                json.objects("items", &release.items, StockItem::write);
                json.field("cause", &*release.cause);
            }
            Self::RefundPayment(refund) => {
                json.optional("paymentId", refund.payment_id.as_deref());
                json.money("amount", refund.amount);
                json.field("currency", &refund.currency);
                json.field("cause", &*refund.cause);
            }
        }
        json.finish()
    }

    fn type_name(&self) -> &'static str {
        match self {
            Self::ReleaseInventory(_) => "ReleaseInventory",
            Self::RefundPayment(_) => "RefundPayment",
        }
    }

    fn envelope(&self) -> &Envelope {
        match self {
            Self::ReleaseInventory(event) => &event.envelope,
            Self::RefundPayment(event) => &event.envelope,
        }
    }

    fn key(&self) -> &str {
        match self {
            Self::ReleaseInventory(event) => &event.order_id,
            Self::RefundPayment(event) => &event.order_id,
        }
    }
}

impl CompensationWire<'_> {
    fn release(mut self) -> Result<ReleaseInventory, EventError> {
        let envelope = self.envelope()?;
        let stock_item = |item: ItemWire<'_>| {
            Ok(StockItem {
                product_id: id("productId", item.product_id)?,
                quantity: count("quantity", item.quantity, 1)?,
            })
        };
        Ok(ReleaseInventory {
            envelope,
            order_id: id("orderId", self.order_id)?,
            items: items(self.items.unwrap_or_default(), stock_item)?,
            cause: required("cause", text("cause", self.cause)?)?,
        })
    }

    fn refund(mut self) -> Result<RefundPayment, EventError> {
        Ok(RefundPayment {
            envelope: self.envelope()?,
            order_id: id("orderId", self.order_id)?,
            payment_id: optional_id("paymentId", self.payment_id)?,
            amount: amount("amount", self.amount)?,
            currency: currency(self.currency)?,
            cause: required("cause", text("cause", self.cause)?)?,
        })
    }
}
