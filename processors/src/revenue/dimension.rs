//! What revenue is broken down by, and what a fact contributes to each part.

use std::collections::BTreeMap;
use std::sync::Arc;

use tillstream_models::events::{Country, Money};
use tillstream_topology::ProcessError;

use super::figures::Figures;
use super::key::RevenueKey;
use crate::sales::{Line, SaleKind, SalesFact, overflow};

/// What revenue is broken down by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// Not at all.
    Total,
    /// The categories of the lines.
    Category,
    /// The products of the lines.
    Product,
    /// Where the order goes; `ZZ` when that is not known.
    Country,
}

impl Dimension {
    /// The breakdowns, without the total.
    pub const PARTS: [Self; 3] = [Self::Category, Self::Product, Self::Country];

    /// The word used in names and queries.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::Category => "category",
            Self::Product => "product",
            Self::Country => "country",
        }
    }

    /// What a fact contributes, one entry a part. An order counts once in each part it touches.
    ///
    /// # Errors
    /// Class `overflow`.
    pub(crate) fn contributions(self, fact: &SalesFact) -> Result<Vec<(RevenueKey, Figures)>, ProcessError> {
        let country = || fact.country.unwrap_or(Country::UNKNOWN);
        let parts = match self {
            Self::Total => vec![("".into(), add_up(fact.lines.iter())?)],
            Self::Country => vec![(country().as_str().into(), add_up(fact.lines.iter())?)],
            Self::Category => parts(&fact.lines, |line| &line.category)?,
            Self::Product => parts(&fact.lines, |line| &line.product_id)?,
        };
        let currency = fact.currency;
        Ok(parts.into_iter().map(|(value, sum)| (RevenueKey { currency, value }, sum.figures(fact.kind))).collect())
    }
}

/// Worth and units of some lines.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    amount: Money,
    units: i64,
}

impl Sum {
    fn plus(self, line: &Line) -> Option<Self> {
        let units = self.units.checked_add(i64::from(line.quantity))?;
        Some(Self { amount: self.amount.checked_add(line.amount)?, units })
    }

    fn figures(self, kind: SaleKind) -> Figures {
        let Self { amount, units } = self;
        let back = Figures { refunds: amount, refunded_units: units, ..Figures::default() };
        match kind {
            SaleKind::Sold => Figures { gross: amount, units, orders: 1, ..Figures::default() },
            SaleKind::Returned => back,
            SaleKind::Cancelled => Figures { cancellations: 1, ..Figures::default() },
            SaleKind::Voided => Figures { cancellations: 1, ..back },
        }
    }
}

fn add_up<'a>(mut lines: impl Iterator<Item = &'a Line>) -> Result<Sum, ProcessError> {
    lines.try_fold(Sum::default(), Sum::plus).ok_or_else(|| overflow("the sum of the lines"))
}

fn parts(lines: &[Line], part: impl Fn(&Line) -> &Arc<str>) -> Result<Vec<(Arc<str>, Sum)>, ProcessError> {
    let mut sums: BTreeMap<&Arc<str>, Sum> = BTreeMap::new();
    for line in lines {
        let sum = sums.entry(part(line)).or_default();
        *sum = sum.plus(line).ok_or_else(|| overflow("the sum of the lines"))?;
    }
    Ok(sums.into_iter().map(|(part, sum)| (Arc::clone(part), sum)).collect())
}

#[cfg(test)]
mod tests {
    use tillstream_models::events::Currency;

    use super::*;

    fn line(product: &str, category: &str, quantity: i32, units: i64) -> Line {
        Line {
            product_id: product.into(),
            name: product.into(),
            category: category.into(),
            quantity,
            unit_price: Money::from_units(units),
            amount: Money::from_units(units * i64::from(quantity)),
        }
    }

    fn fact(kind: SaleKind) -> SalesFact {
        let lines = vec![line("a", "x", 2, 10), line("b", "y", 1, 5), line("a", "x", 3, 7)];
        let (currency, lines) = (Currency::GBP, lines.into());
        SalesFact { kind, user_id: None, currency, placed_at_ms: None, country: None, lines }
    }

    fn of(dimension: Dimension, kind: SaleKind) -> BTreeMap<String, Figures> {
        let contributions = dimension.contributions(&fact(kind)).unwrap();
        contributions.into_iter().map(|(key, figures)| (key.value.to_string(), figures)).collect()
    }

    #[test]
    fn every_breakdown_adds_up_to_the_total() {
        for kind in [SaleKind::Sold, SaleKind::Returned, SaleKind::Voided] {
            let total = of(Dimension::Total, kind)[""];
            assert_eq!(total.gross.units() + total.refunds.units(), 46);
            for dimension in Dimension::PARTS {
                let parts = of(dimension, kind);
                assert_eq!(parts.values().map(|part| part.gross.units()).sum::<i64>(), total.gross.units());
                assert_eq!(parts.values().map(|part| part.refunds.units()).sum::<i64>(), total.refunds.units());
                assert_eq!(parts.values().map(|part| part.units).sum::<i64>(), total.units);
            }
        }
    }

    #[test]
    fn an_order_counts_once_in_each_part() {
        let products = of(Dimension::Product, SaleKind::Sold);
        assert_eq!(products["a"], Figures { gross: Money::from_units(41), units: 5, orders: 1, ..Figures::default() });
        assert_eq!(of(Dimension::Country, SaleKind::Sold)["ZZ"].orders, 1);
        assert_eq!(of(Dimension::Total, SaleKind::Cancelled)[""], Figures { cancellations: 1, ..Figures::default() });
    }
}
