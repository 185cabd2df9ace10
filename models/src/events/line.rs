//! The lines of orders and returns.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::JsonWriter;
use super::wire::{Object, Text, amount, count, id, items, required, text};
use super::{EventError, Money};

/// The category of a line that names none.
const NO_CATEGORY: &str = "other";

/// One line of an order or a return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderLine {
    /// The product's id.
    pub product_id: Box<str>,
    /// The product's name; the product id when the payload has none.
    pub name: Box<str>,
    /// The product's category; `other` when the payload has none.
    pub category: Box<str>,
    /// How many, at least 1.
    pub quantity: i32,
    /// The price of one, zero or more, in the order's currency.
    pub unit_price: Money,
}

impl OrderLine {
    /// What the line is worth, or `None` on overflow (never for a line that was decoded).
    #[must_use]
    pub fn amount(&self) -> Option<Money> {
        self.unit_price.checked_mul(i64::from(self.quantity))
    }

    /// What the lines are worth together.
    ///
    /// # Errors
    /// [`EventError::Overflow`] beyond [`Money::MAX_AMOUNT`].
    pub fn total(lines: &[Self]) -> Result<Money, EventError> {
        lines
            .iter()
            .try_fold(Money::ZERO, |sum, line| sum.checked_add(line.amount()?))
            .filter(|sum| *sum <= Money::MAX_AMOUNT)
            .ok_or(EventError::Overflow)
    }

    pub(super) fn write(json: &mut JsonWriter, line: &Self) {
        json.field("productId", &*line.product_id);
        json.field("name", &*line.name);
        json.field("category", &*line.category);
        json.field("quantity", &line.quantity);
        json.money("unitPrice", line.unit_price);
    }
}

/// An order line as it stands in the payload.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(super) struct LineWire<'a> {
    product_id: Option<Text<'a>>,
    name: Option<Text<'a>>,
    category: Option<Text<'a>>,
    quantity: Option<i64>,
    unit_price: Option<&'a RawValue>,
}

/// Takes the lines and their worth: at least one line, and a sum that does not overflow.
pub(super) fn lines(wire: Option<Vec<Object<LineWire<'_>>>>) -> Result<(Vec<OrderLine>, Money), EventError> {
    let lines = items(required("items", wire)?, line)?;
    if lines.is_empty() {
        return Err(EventError::Quantity { field: "items", value: 0 });
    }
    let total = OrderLine::total(&lines)?;
    Ok((lines, total))
}

fn line(wire: LineWire<'_>) -> Result<OrderLine, EventError> {
    let product_id = id("productId", wire.product_id)?;
    Ok(OrderLine {
        name: match text("name", wire.name)? {
            Some(name) => name,
            None => product_id.clone(),
        },
        category: match wire.category {
            Some(category) => id("category", Some(category))?,
            None => NO_CATEGORY.into(),
        },
        quantity: count("quantity", wire.quantity, 1)?,
        unit_price: amount("unitPrice", wire.unit_price)?,
        product_id,
    })
}
