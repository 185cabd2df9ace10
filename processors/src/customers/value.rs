//! The row of a customer: when, how often and for how much she bought.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tillstream_models::events::{Currency, Money};
use tillstream_topology::ProcessError;

use super::deal::Deal;
use crate::days::days_since;
use crate::sales::{SaleKind, overflow};

/// Purchases whose times are kept, the last ones: how often somebody buys shows in those.
const PURCHASES_KEPT: usize = 16;

/// When, how often and for how much a customer bought: confirmed orders as revenue counts them. What came back, or was cancelled
/// after it had been a sale, is taken off. Times in epoch milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CustomerValue {
    /// When she was first heard of: her first purchase or return.
    pub first_ms: Option<i64>,
    /// Times of her last purchases, the oldest first; at most sixteen.
    pub purchases_ms: Vec<i64>,
    /// Orders bought and not cancelled.
    pub orders: u64,
    /// Times something came back.
    pub returns: u64,
    /// What she spent, in each currency.
    pub spent: BTreeMap<Currency, Spent>,
}

/// What was spent in one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Spent {
    /// Orders bought and not cancelled.
    pub orders: u64,
    /// Worth of the lines sold.
    pub gross: Money,
    /// Worth of the lines that came back or were taken back.
    pub refunds: Money,
}

impl Spent {
    /// What remains: gross less refunds; `None` on overflow.
    #[must_use]
    pub fn net(self) -> Option<Money> {
        self.gross.checked_sub(self.refunds)
    }
}

impl CustomerValue {
    /// The time of the last purchase that stands, epoch ms.
    #[must_use]
    pub fn last_purchase_ms(&self) -> Option<i64> {
        self.purchases_ms.last().copied()
    }

    /// Days since then, as of `now_ms`.
    #[must_use]
    pub fn recency_days(&self, now_ms: i64) -> Option<f64> {
        Some(days_since(self.last_purchase_ms()?, now_ms))
    }

    /// The currency of most of her orders, of several the first by its code: customers are compared by what they spent in it,
    /// since amounts in different currencies are not added.
    #[must_use]
    pub fn currency(&self) -> Option<Currency> {
        let most = |(code, spent): &(&Currency, &Spent)| (spent.orders, std::cmp::Reverse(**code));
        self.spent.iter().max_by_key(most).map(|(currency, _)| *currency)
    }

    /// The row after a deal of time `at_ms`.
    pub(super) fn after(mut self, deal: &Deal, at_ms: i64) -> Result<Self, ProcessError> {
        self.first_ms = Some(self.first_ms.map_or(at_ms, |first| first.min(at_ms)));
        let spent = self.spent.entry(deal.currency).or_default();
        let sum = if deal.kind == SaleKind::Sold { &mut spent.gross } else { &mut spent.refunds };
        *sum = sum.checked_add(deal.amount).ok_or_else(|| overflow("what a customer spent"))?;
        match deal.kind {
            SaleKind::Sold => {
                spent.orders = spent.orders.saturating_add(1);
                self.orders = self.orders.saturating_add(1);
                self.bought(at_ms);
            }
            SaleKind::Voided => {
                spent.orders = spent.orders.saturating_sub(1);
                self.orders = self.orders.saturating_sub(1);
                if let Some(place) = self.purchases_ms.iter().position(|at| Some(*at) == deal.placed_at_ms) {
                    self.purchases_ms.remove(place);
                }
            }
            SaleKind::Returned => self.returns = self.returns.saturating_add(1),
            SaleKind::Cancelled => {}
        }
        Ok(self)
    }

    fn bought(&mut self, at_ms: i64) {
        let place = self.purchases_ms.partition_point(|at| *at <= at_ms);
        self.purchases_ms.insert(place, at_ms);
        if self.purchases_ms.len() > PURCHASES_KEPT {
            self.purchases_ms.remove(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interactions::History;

    fn deal(kind: SaleKind, placed_at_ms: i64, currency: Currency, units: i64) -> Deal {
        let (placed_at_ms, amount) = (Some(placed_at_ms), Money::from_units(units));
        Deal { kind, placed_at_ms, currency, amount, touches: History::default() }
    }

    fn row(deals: &[(SaleKind, i64, i64)]) -> CustomerValue {
        let after = |row: CustomerValue, (kind, at, units): &(SaleKind, i64, i64)| {
            row.after(&deal(*kind, *at, Currency::GBP, *units), *at).unwrap()
        };
        deals.iter().fold(CustomerValue::default(), after)
    }

    #[test]
    fn what_came_back_and_what_was_cancelled_is_taken_off() {
        use SaleKind::{Returned, Sold, Voided};
        let row = row(&[(Sold, 10, 700), (Sold, 30, 500), (Returned, 40, 200), (Sold, 20, 100), (Voided, 30, 500)]);
        assert_eq!((row.first_ms, row.last_purchase_ms(), row.orders, row.returns), (Some(10), Some(20), 2, 1));
        let spent = row.spent[&Currency::GBP];
        assert_eq!(
            (spent.orders, spent.gross, spent.net()),
            (2, Money::from_units(1_300), Some(Money::from_units(600)))
        );
    }

    #[test]
    fn the_times_of_the_last_purchases_are_kept() {
        let sold: Vec<_> = (0..40).map(|at| (SaleKind::Sold, (at * 7) % 40, 1)).collect();
        let row = row(&sold);
        assert_eq!((row.orders, row.first_ms), (40, Some(0)));
        assert_eq!(row.purchases_ms, (24..40).collect::<Vec<_>>());
    }

    #[test]
    fn currencies_are_never_added() {
        let row = row(&[(SaleKind::Sold, 1, 700)]).after(&deal(SaleKind::Sold, 2, Currency::EUR, 100), 2).unwrap();
        assert_eq!(row.currency(), Some(Currency::EUR), "of as many orders, the first by code");
        let row = row.after(&deal(SaleKind::Sold, 3, Currency::GBP, 1), 3).unwrap();
        assert_eq!((row.currency(), row.spent.len()), (Some(Currency::GBP), 2));
        let most = deal(SaleKind::Sold, 4, Currency::GBP, i64::MAX);
        assert_eq!(row.after(&most, 4).unwrap_err().class(), "overflow");
    }
}
