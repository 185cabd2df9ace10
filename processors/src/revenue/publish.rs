//! Totals as they are published to the result topics.

use serde::{Deserialize, Serialize};
use tillstream_models::events::{Currency, Money, format_rfc3339};
use tillstream_stores::{Window, Windowed};
use tillstream_topology::ProcessError;

use super::figures::Figures;
use super::key::RevenueKey;
use crate::sales::overflow;

/// The total of a window as of now; a later record of the same window replaces it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PublishedTotal {
    /// Start of the window, RFC 3339.
    pub window_start: String,
    /// End of the window, exclusive.
    pub window_end: String,
    /// The currency of the amounts.
    pub currency: Currency,
    /// Worth of the lines sold.
    pub gross_revenue: Money,
    /// Worth of what came back, positive.
    pub refunds: Money,
    /// Gross revenue less refunds.
    pub revenue: Money,
    /// Units sold.
    pub units: i64,
    /// Confirmed orders.
    pub orders: i64,
    /// Cancelled orders.
    pub cancellations: i64,
}

impl PublishedTotal {
    /// The total of a key and window.
    ///
    /// # Errors
    /// Class `overflow`.
    pub(crate) fn of(key: &Windowed<RevenueKey>, figures: Figures) -> Result<Self, ProcessError> {
        let Window { start, end } = key.window;
        Ok(Self {
            window_start: format_rfc3339(start),
            window_end: format_rfc3339(end),
            currency: key.key.currency,
            gross_revenue: figures.gross,
            refunds: figures.refunds,
            revenue: figures.revenue().ok_or_else(|| overflow("the revenue of a window"))?,
            units: figures.units,
            orders: figures.orders,
            cancellations: figures.cancellations,
        })
    }
}
