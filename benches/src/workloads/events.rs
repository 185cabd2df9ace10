//! The benchmark's events. Their ids are short: text that lies in the value itself saves an allocation each.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

/// A line of an order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) sku: CompactString,
    pub(crate) category: CompactString,
    pub(crate) qty: u32,
    pub(crate) unit_minor: i64,
}

impl Line {
    /// Its category and what it costs, minor units.
    pub(super) fn into_amount(self) -> (CompactString, i64) {
        (self.category, i64::from(self.qty) * self.unit_minor)
    }
}

/// An order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) order_id: CompactString,
    pub(crate) user_id: CompactString,
    pub(crate) currency: CompactString,
    pub(crate) lines: Vec<Line>,
    pub(crate) total_minor: i64,
}

/// A payment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Payment {
    pub(crate) r#type: CompactString,
    pub(crate) amount_minor: i64,
}

/// A reservation of one line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Inventory {
    pub(crate) r#type: CompactString,
    pub(crate) sku: CompactString,
    pub(crate) qty: u32,
}
