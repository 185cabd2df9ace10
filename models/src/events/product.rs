//! Topic `products`: the catalogue, compacted; a record without a value deletes as well.

use serde_json::value::RawValue;

use super::json::JsonWriter;
use super::wire::{self, Text, currency, id, optional_amount, required, text, unknown_type, wire_event};
use super::{Currency, Envelope, Event, EventError, Money};

/// An event of topic `products`, keyed by product id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProductEvent {
    /// A product is new or has changed; replaces all that was said of it.
    Upserted(ProductUpserted),
    /// A product is no longer sold.
    Removed(ProductRemoved),
}

/// A product as it is from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductUpserted {
    /// What every event has.
    pub envelope: Envelope,
    /// The product.
    pub product_id: Box<str>,
    /// Its name.
    pub name: Box<str>,
    /// Its category.
    pub category: Box<str>,
    /// Its list price with the currency, when known.
    pub price: Option<(Money, Currency)>,
}

/// A product is no longer sold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductRemoved {
    /// What every event has.
    pub envelope: Envelope,
    /// The product.
    pub product_id: Box<str>,
}

wire_event!(ProductWire {
    product_id: Text<'a>,
    name: Text<'a>,
    category: Text<'a>,
    unit_price: &'a RawValue,
    currency: Text<'a>,
});

impl Event for ProductEvent {
    const TOPIC: &'static str = "products";

    fn decode(payload: &[u8]) -> Result<Self, EventError> {
        let mut wire: ProductWire<'_> = wire::parse(payload)?;
        let kind = required("type", wire.kind.take())?.0;
        match &*kind {
            "ProductUpserted" => wire.upserted().map(Self::Upserted),
            "ProductRemoved" => wire.removed().map(Self::Removed),
            kind => Err(unknown_type(Self::TOPIC, kind)),
        }
    }

    fn to_json(&self) -> Vec<u8> {
        let mut json = JsonWriter::event(self.type_name(), self.envelope());
        json.field("productId", self.key());
        if let Self::Upserted(product) = self {
            json.field("name", &*product.name);
            json.field("category", &*product.category);
            if let Some((price, currency)) = product.price {
                json.money("unitPrice", price);
                json.field("currency", &currency);
            }
        }
        json.finish()
    }

    fn type_name(&self) -> &'static str {
        match self {
            Self::Upserted(_) => "ProductUpserted",
            Self::Removed(_) => "ProductRemoved",
        }
    }

    fn envelope(&self) -> &Envelope {
        match self {
            Self::Upserted(event) => &event.envelope,
            Self::Removed(event) => &event.envelope,
        }
    }

    fn key(&self) -> &str {
        match self {
            Self::Upserted(event) => &event.product_id,
            Self::Removed(event) => &event.product_id,
        }
    }
}

impl ProductWire<'_> {
    fn upserted(mut self) -> Result<ProductUpserted, EventError> {
        let price = match optional_amount("unitPrice", self.unit_price)? {
            Some(price) => Some((price, currency(self.currency.take())?)),
            None => None,
        };
        Ok(ProductUpserted {
            envelope: self.envelope()?,
            product_id: id("productId", self.product_id)?,
            name: required("name", text("name", self.name)?)?,
            category: id("category", self.category)?,
            price,
        })
    }

    fn removed(mut self) -> Result<ProductRemoved, EventError> {
        Ok(ProductRemoved { envelope: self.envelope()?, product_id: id("productId", self.product_id)? })
    }
}
