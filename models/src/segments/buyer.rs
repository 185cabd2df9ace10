//! A customer as segments see her.

use crate::events::Currency;

/// When, how often and for how much a customer bought.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Buyer {
    /// The currency of `spent`: amounts are compared with those of the same currency only.
    pub currency: Currency,
    /// Days since her last purchase.
    pub recency_days: f64,
    /// Orders.
    pub orders: f64,
    /// What she spent, in major units, rounded as statistics are.
    pub spent: f64,
}

impl Buyer {
    /// Logarithms of the three, one added to what may be zero: ten orders are to one as a hundred to ten. Recency, orders, spent.
    pub(super) fn logs(&self) -> [f64; 3] {
        let finite = |value: f64| if value.is_finite() { value.max(0.0) } else { 0.0 };
        [finite(self.recency_days).ln_1p(), finite(self.orders).max(1.0).ln(), finite(self.spent).ln_1p()]
    }
}
