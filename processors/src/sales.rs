//! Sales as facts: what was sold, came back or was cancelled, and when. Revenue, best sellers, product names
//! and customers' histories are made of them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tillstream_models::events::{Country, Currency, Money, OrderLine};
use tillstream_topology::ProcessError;

use crate::shared_text;

/// One line of an order or a return, as it is kept and shared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// The product.
    #[serde(with = "shared_text")]
    pub product_id: Arc<str>,
    /// Its name.
    #[serde(with = "shared_text")]
    pub name: Arc<str>,
    /// Its category.
    #[serde(with = "shared_text")]
    pub category: Arc<str>,
    /// How many.
    pub quantity: i32,
    /// The price of one.
    pub unit_price: Money,
    /// What the line is worth.
    pub amount: Money,
}

impl Line {
    /// The lines of an event.
    ///
    /// # Errors
    /// Class `overflow`; never for lines that were decoded, which are bounded.
    pub(crate) fn shared(lines: Vec<OrderLine>) -> Result<Arc<[Self]>, ProcessError> {
        lines.into_iter().map(Self::try_from).collect()
    }
}

impl TryFrom<OrderLine> for Line {
    type Error = ProcessError;

    fn try_from(line: OrderLine) -> Result<Self, ProcessError> {
        let amount = line.amount().ok_or_else(|| overflow("a line"))?;
        let OrderLine { product_id, name, category, quantity, unit_price } = line;
        Ok(Self {
            product_id: product_id.into(),
            name: name.into(),
            category: category.into(),
            quantity,
            unit_price,
            amount,
        })
    }
}

/// The refusal of a record whose amounts do not fit into the sums.
pub(crate) fn overflow(what: &str) -> ProcessError {
    ProcessError::refused("overflow", format!("{what} is larger than a sum can be"))
}

/// What happened to some lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaleKind {
    /// They were sold: their order is confirmed.
    Sold,
    /// They came back.
    Returned,
    /// Their order was cancelled before it was a sale.
    Cancelled,
    /// Their order was cancelled after it had been a sale: the sale is taken back.
    Voided,
}

/// A fact about sales; its time is that of its record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SalesFact {
    /// What happened.
    pub kind: SaleKind,
    /// Who bought, when known.
    pub user_id: Option<Arc<str>>,
    /// The currency of all amounts.
    pub currency: Currency,
    /// When the order was placed, epoch ms, when known.
    pub placed_at_ms: Option<i64>,
    /// Where to, when known.
    pub country: Option<Country>,
    /// To what.
    pub lines: Arc<[Line]>,
}
