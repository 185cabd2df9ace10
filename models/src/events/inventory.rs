//! Topic `inventory`: reservations for orders and the stock of products.

use serde::Deserialize;

use super::json::JsonWriter;
use super::wire::{self, Object, Text, count, id, items, required, text, unknown_type, wire_event};
use super::{Envelope, Event, EventError};

/// An event of topic `inventory`: keyed by order id for reservations, by product id for stock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InventoryEvent {
    /// All items of an order are set aside.
    Reserved(InventoryReserved),
    /// An order cannot be served.
    Failed(InventoryFailed),
    /// A reservation was given back.
    Released(InventoryReleased),
    /// A product's stock changed by so many.
    Adjusted(StockAdjusted),
    /// A product's stock is so many.
    Counted(StockCounted),
}

/// So many of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockItem {
    /// The product.
    pub product_id: Box<str>,
    /// How many, at least 1.
    pub quantity: i32,
}

/// So many of a product are wanting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingStock {
    /// The product.
    pub product_id: Box<str>,
    /// How many are missing, at least 1.
    pub missing: i32,
}

/// All items of an order are set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InventoryReserved {
    /// What every event has.
    pub envelope: Envelope,
    /// The order.
    pub order_id: Box<str>,
    /// What is set aside; empty when the payload does not say.
    pub items: Vec<StockItem>,
}

/// An order cannot be served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InventoryFailed {
    /// What every event has.
    pub envelope: Envelope,
    /// The order.
    pub order_id: Box<str>,
    /// Why, when said.
    pub reason: Option<Box<str>>,
    /// What is missing; empty when the payload does not say.
    pub items: Vec<MissingStock>,
}

/// A reservation was given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InventoryReleased {
    /// What every event has.
    pub envelope: Envelope,
    /// The order.
    pub order_id: Box<str>,
    /// What is free again; empty when the payload does not say.
    pub items: Vec<StockItem>,
}

/// A product's stock changed by so many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockAdjusted {
    /// What every event has.
    pub envelope: Envelope,
    /// The product.
    pub product_id: Box<str>,
    /// The change, negative when stock leaves.
    pub delta: i32,
    /// Why, when said: `sale`, `delivery`, `adjustment` …
    pub cause: Option<Box<str>>,
}

/// A product's stock is so many, whatever was thought before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockCounted {
    /// What every event has.
    pub envelope: Envelope,
    /// The product.
    pub product_id: Box<str>,
    /// How many there are, zero or more.
    pub quantity: i32,
}

/// An item of any inventory event as it stands in the payload.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct ItemWire<'a> {
    product_id: Option<Text<'a>>,
    quantity: Option<i64>,
    missing: Option<i64>,
}

wire_event!(InventoryWire {
    order_id: Text<'a>,
    product_id: Text<'a>,
    items: Vec<Object<ItemWire<'a>>>,
    reason: Text<'a>,
    delta: i64,
    cause: Text<'a>,
    quantity: i64,
});

impl Event for InventoryEvent {
    const TOPIC: &'static str = "inventory";

    fn decode(payload: &[u8]) -> Result<Self, EventError> {
        let mut wire: InventoryWire<'_> = wire::parse(payload)?;
        let kind = required("type", wire.kind.take())?.0;
        match &*kind {
            "InventoryReserved" => wire.reserved().map(Self::Reserved),
            "InventoryFailed" => wire.failed().map(Self::Failed),
            "InventoryReleased" => wire.released().map(Self::Released),
            "StockAdjusted" => wire.adjusted().map(Self::Adjusted),
            "StockCounted" => wire.counted().map(Self::Counted),
            kind => Err(unknown_type(Self::TOPIC, kind)),
        }
    }

    fn to_json(&self) -> Vec<u8> {
        let mut json = JsonWriter::event(self.type_name(), self.envelope());
        match self {
            Self::Reserved(event) => {
                json.field("orderId", &*event.order_id);
                json.objects("items", &event.items, StockItem::write);
            }
            Self::Failed(event) => {
                json.field("orderId", &*event.order_id);
                json.optional("reason", event.reason.as_deref());
                json.objects("items", &event.items, |json, item| {
                    json.field("productId", &*item.product_id);
                    json.field("missing", &item.missing);
                });
            }
            Self::Released(event) => {
                json.field("orderId", &*event.order_id);
                json.objects("items", &event.items, StockItem::write);
            }
            Self::Adjusted(event) => {
                json.field("productId", &*event.product_id);
                json.field("delta", &event.delta);
                json.optional("cause", event.cause.as_deref());
            }
            Self::Counted(event) => {
                json.field("productId", &*event.product_id);
                json.field("quantity", &event.quantity);
            }
        }
        json.finish()
    }

    fn type_name(&self) -> &'static str {
        match self {
            Self::Reserved(_) => "InventoryReserved",
            Self::Failed(_) => "InventoryFailed",
            Self::Released(_) => "InventoryReleased",
            Self::Adjusted(_) => "StockAdjusted",
            Self::Counted(_) => "StockCounted",
        }
    }

    fn envelope(&self) -> &Envelope {
        match self {
            Self::Reserved(event) => &event.envelope,
            Self::Failed(event) => &event.envelope,
            Self::Released(event) => &event.envelope,
            Self::Adjusted(event) => &event.envelope,
            Self::Counted(event) => &event.envelope,
        }
    }

    fn key(&self) -> &str {
        match self {
            Self::Reserved(event) => &event.order_id,
            Self::Failed(event) => &event.order_id,
            Self::Released(event) => &event.order_id,
            Self::Adjusted(event) => &event.product_id,
            Self::Counted(event) => &event.product_id,
        }
    }
}

impl StockItem {
    pub(super) fn write(json: &mut JsonWriter, item: &Self) {
        json.field("productId", &*item.product_id);
        json.field("quantity", &item.quantity);
    }
}

impl ItemWire<'_> {
    fn stock(self) -> Result<StockItem, EventError> {
        Ok(StockItem { product_id: id("productId", self.product_id)?, quantity: count("quantity", self.quantity, 1)? })
    }

    fn missing(self) -> Result<MissingStock, EventError> {
        Ok(MissingStock { product_id: id("productId", self.product_id)?, missing: count("missing", self.missing, 1)? })
    }
}

impl InventoryWire<'_> {
    fn order_id(&mut self) -> Result<Box<str>, EventError> {
        id("orderId", self.order_id.take())
    }

    fn product_id(&mut self) -> Result<Box<str>, EventError> {
        id("productId", self.product_id.take())
    }

    fn stock_items(&mut self) -> Result<Vec<StockItem>, EventError> {
        items(self.items.take().unwrap_or_default(), ItemWire::stock)
    }

    fn reserved(mut self) -> Result<InventoryReserved, EventError> {
        Ok(InventoryReserved { envelope: self.envelope()?, order_id: self.order_id()?, items: self.stock_items()? })
    }

    fn failed(mut self) -> Result<InventoryFailed, EventError> {
        Ok(InventoryFailed {
            envelope: self.envelope()?,
            order_id: self.order_id()?,
            reason: text("reason", self.reason)?,
            items: items(self.items.unwrap_or_default(), ItemWire::missing)?,
        })
    }

    fn released(mut self) -> Result<InventoryReleased, EventError> {
        Ok(InventoryReleased { envelope: self.envelope()?, order_id: self.order_id()?, items: self.stock_items()? })
    }

    fn adjusted(mut self) -> Result<StockAdjusted, EventError> {
        Ok(StockAdjusted {
            envelope: self.envelope()?,
            product_id: self.product_id()?,
            delta: count("delta", self.delta, i32::MIN)?,
            cause: text("cause", self.cause)?,
        })
    }

    fn counted(mut self) -> Result<StockCounted, EventError> {
        Ok(StockCounted {
            envelope: self.envelope()?,
            product_id: self.product_id()?,
            quantity: count("quantity", self.quantity, 0)?,
        })
    }
}
