//! Topic `orders`: the life of an order, told by the order service.

use serde_json::value::RawValue;

use super::json::JsonWriter;
use super::line::{LineWire, lines};
use super::wire::{self, Object, Text, amount, country, currency, id, optional_id, text, unknown_type, wire_event};
use super::{Country, Currency, Envelope, Event, EventError, Money, OrderLine};

/// An event of topic `orders`, keyed by order id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderEvent {
    /// A customer ordered.
    Placed(OrderPlaced),
    /// The order service confirmed the order; wins over the saga's own verdict.
    Confirmed(OrderConfirmed),
    /// The order service cancelled the order; wins over the saga's own verdict.
    Cancelled(OrderCancelled),
    /// The goods left.
    Shipped(OrderShipped),
    /// The goods arrived.
    Delivered(OrderDelivered),
    /// Goods came back; what they were worth is refunded.
    Returned(OrderReturned),
}

/// A customer ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderPlaced {
    /// What every event has.
    pub envelope: Envelope,
    /// The order.
    pub order_id: Box<str>,
    /// Who ordered.
    pub user_id: Box<str>,
    /// Where to, when known.
    pub country: Option<Country>,
    /// The currency of all amounts of the order.
    pub currency: Currency,
    /// At least one line; a product may occur in several.
    pub items: Vec<OrderLine>,
    /// What is to be paid. Discounts and postage may make it differ from the sum of the lines,
    /// which it is when the payload names none.
    pub total: Money,
}

/// The order service confirmed the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderConfirmed {
    /// What every event has.
    pub envelope: Envelope,
    /// The order.
    pub order_id: Box<str>,
}

/// The order service cancelled the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderCancelled {
    /// What every event has.
    pub envelope: Envelope,
    /// The order.
    pub order_id: Box<str>,
    /// Why, when said.
    pub reason: Option<Box<str>>,
}

/// The goods left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderShipped {
    /// What every event has.
    pub envelope: Envelope,
    /// The order.
    pub order_id: Box<str>,
    /// The carrier's number of the parcel, when there is one.
    pub tracking_id: Option<Box<str>>,
}

/// The goods arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderDelivered {
    /// What every event has.
    pub envelope: Envelope,
    /// The order.
    pub order_id: Box<str>,
}

/// Goods came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderReturned {
    /// What every event has.
    pub envelope: Envelope,
    /// The order that is returned when that is known, else the return's own number.
    pub order_id: Box<str>,
    /// Who returned them, when known.
    pub user_id: Option<Box<str>>,
    /// Where from, when known.
    pub country: Option<Country>,
    /// The currency of all amounts of the return.
    pub currency: Currency,
    /// What came back, quantities positive.
    pub items: Vec<OrderLine>,
    /// What is refunded, zero or more; the sum of the lines when the payload names none.
    pub total: Money,
}

wire_event!(OrderWire {
    order_id: Text<'a>,
    user_id: Text<'a>,
    country: Text<'a>,
    currency: Text<'a>,
    items: Vec<Object<LineWire<'a>>>,
    total: &'a RawValue,
    reason: Text<'a>,
    tracking_id: Text<'a>,
});

impl Event for OrderEvent {
    const TOPIC: &'static str = "orders";

    fn decode(payload: &[u8]) -> Result<Self, EventError> {
        let mut wire: OrderWire<'_> = wire::parse(payload)?;
        let kind = wire::required("type", wire.kind.take())?.0;
        match &*kind {
            "OrderPlaced" => wire.placed().map(Self::Placed),
            "OrderConfirmed" => wire.confirmed().map(Self::Confirmed),
            "OrderCancelled" => wire.cancelled().map(Self::Cancelled),
            "OrderShipped" => wire.shipped().map(Self::Shipped),
            "OrderDelivered" => wire.delivered().map(Self::Delivered),
            "OrderReturned" => wire.returned().map(Self::Returned),
            kind => Err(unknown_type(Self::TOPIC, kind)),
        }
    }

    fn to_json(&self) -> Vec<u8> {
        let mut json = JsonWriter::event(self.type_name(), self.envelope());
        json.field("orderId", self.key());
        match self {
            Self::Placed(placed) => placed.write(&mut json),
            Self::Cancelled(cancelled) => json.optional("reason", cancelled.reason.as_deref()),
            Self::Shipped(shipped) => json.optional("trackingId", shipped.tracking_id.as_deref()),
            Self::Returned(returned) => returned.write(&mut json),
            Self::Confirmed(_) | Self::Delivered(_) => {}
        }
        json.finish()
    }

    fn type_name(&self) -> &'static str {
        match self {
            Self::Placed(_) => "OrderPlaced",
            Self::Confirmed(_) => "OrderConfirmed",
            Self::Cancelled(_) => "OrderCancelled",
            Self::Shipped(_) => "OrderShipped",
            Self::Delivered(_) => "OrderDelivered",
            Self::Returned(_) => "OrderReturned",
        }
    }

    fn envelope(&self) -> &Envelope {
        match self {
            Self::Placed(event) => &event.envelope,
            Self::Confirmed(event) => &event.envelope,
            Self::Cancelled(event) => &event.envelope,
            Self::Shipped(event) => &event.envelope,
            Self::Delivered(event) => &event.envelope,
            Self::Returned(event) => &event.envelope,
        }
    }

    fn key(&self) -> &str {
        match self {
            Self::Placed(event) => &event.order_id,
            Self::Confirmed(event) => &event.order_id,
            Self::Cancelled(event) => &event.order_id,
            Self::Shipped(event) => &event.order_id,
            Self::Delivered(event) => &event.order_id,
            Self::Returned(event) => &event.order_id,
        }
    }
}

impl OrderPlaced {
    fn write(&self, json: &mut JsonWriter) {
        json.field("userId", &*self.user_id);
        json.optional("country", self.country);
        json.field("currency", &self.currency);
        json.objects("items", &self.items, OrderLine::write);
        json.money("total", self.total);
    }
}

impl OrderReturned {
    fn write(&self, json: &mut JsonWriter) {
        json.optional("userId", self.user_id.as_deref());
        json.optional("country", self.country);
        json.field("currency", &self.currency);
        json.objects("items", &self.items, OrderLine::write);
        json.money("total", self.total);
    }
}

impl OrderWire<'_> {
    fn order_id(&mut self) -> Result<Box<str>, EventError> {
        id("orderId", self.order_id.take())
    }

    /// The lines and the total, which defaults to their sum.
    fn lines(&mut self) -> Result<(Vec<OrderLine>, Money), EventError> {
        let (items, sum) = lines(self.items.take())?;
        match self.total {
            Some(total) => Ok((items, amount("total", Some(total))?)),
            None => Ok((items, sum)),
        }
    }

    fn placed(mut self) -> Result<OrderPlaced, EventError> {
        let envelope = self.envelope()?;
        let order_id = self.order_id()?;
        let (items, total) = self.lines()?;
        Ok(OrderPlaced {
            envelope,
            order_id,
            user_id: id("userId", self.user_id)?,
            country: country(self.country)?,
            currency: currency(self.currency)?,
            items,
            total,
        })
    }

    fn confirmed(mut self) -> Result<OrderConfirmed, EventError> {
        Ok(OrderConfirmed { envelope: self.envelope()?, order_id: self.order_id()? })
    }

    fn cancelled(mut self) -> Result<OrderCancelled, EventError> {
        Ok(OrderCancelled {
            envelope: self.envelope()?,
            order_id: self.order_id()?,
            reason: text("reason", self.reason)?,
        })
    }

    fn shipped(mut self) -> Result<OrderShipped, EventError> {
        Ok(OrderShipped {
            envelope: self.envelope()?,
            order_id: self.order_id()?,
            tracking_id: optional_id("trackingId", self.tracking_id)?,
        })
    }

    fn delivered(mut self) -> Result<OrderDelivered, EventError> {
        Ok(OrderDelivered { envelope: self.envelope()?, order_id: self.order_id()? })
    }

    fn returned(mut self) -> Result<OrderReturned, EventError> {
        let envelope = self.envelope()?;
        let order_id = self.order_id()?;
        let (items, total) = self.lines()?;
        Ok(OrderReturned {
            envelope,
            order_id,
            user_id: optional_id("userId", self.user_id)?,
            country: country(self.country)?,
            currency: currency(self.currency)?,
            items,
            total,
        })
    }
}
