//! Metrics: one number made of the figures of each window.

use std::collections::BTreeMap;
use std::sync::Arc;

use tillstream_models::events::{Currency, Money};

use super::dimension::Dimension;
use super::figures::Figures;
use super::granularity::Granularity;
use super::read::WindowFigures;
use crate::order_saga::Status;
use crate::read::{Answers, ReadError};

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Metric {
    /// Worth of the lines sold.
    GrossRevenue,
    /// Worth of what came back, positive.
    Refunds,
    /// Gross revenue less refunds.
    Revenue,
    /// Confirmed orders, at the time they were placed.
    Orders,
    /// Units sold.
    Units,
    /// Gross revenue by order.
    AverageOrderValue,
    /// Cancelled orders, at the time they were.
    Cancellations,
    /// Confirmed orders by visit to the web shop.
    Conversion,
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::GrossRevenue,
        Self::Refunds,
        Self::Revenue,
        Self::Orders,
        Self::Units,
        Self::AverageOrderValue,
        Self::Cancellations,
        Self::Conversion,
    ];

    /// The name used in queries.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GrossRevenue => "gross-revenue",
            Self::Refunds => "refunds",
            Self::Revenue => "revenue",
            Self::Orders => "orders",
            Self::Units => "units",
            Self::AverageOrderValue => "average-order-value",
            Self::Cancellations => "cancellations",
            Self::Conversion => "conversion",
        }
    }

    /// The metric of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|metric| metric.as_str() == name)
    }

    /// Whether it is an amount of money, which is never added over currencies.
    #[must_use]
    pub const fn is_money(self) -> bool {
        !matches!(self, Self::Orders | Self::Units | Self::Cancellations | Self::Conversion)
    }

    /// What it is for some figures; `None` where it has no value (an average over nothing).
    fn of(self, figures: Figures) -> Result<Option<Value>, ReadError> {
        Ok(Some(match self {
            Self::GrossRevenue => Value::Money(figures.gross),
            Self::Refunds => Value::Money(figures.refunds),
            Self::Revenue => Value::Money(figures.revenue().ok_or(ReadError::Overflow { what: "the revenue" })?),
            Self::Orders => Value::Count(figures.orders),
            Self::Units => Value::Count(figures.units),
            Self::Cancellations => Value::Count(figures.cancellations),
            Self::AverageOrderValue => return Ok(figures.average_order_value().map(Value::Money)),
            // Made of visits, not of figures.
            Self::Conversion => return Ok(None),
        }))
    }
}

/// What a metric is broken down by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum By {
    /// A part of revenue, or its total.
    Part(Dimension),
    /// The status orders are in now; for the metric `orders`.
    Status,
}

/// A question for a metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricQuery {
    /// What is measured.
    pub metric: Metric,
    /// In windows of this size.
    pub granularity: Granularity,
    /// Windows that start at this time or later, epoch ms.
    pub from_ms: i64,
    /// Windows that start before this time.
    pub to_ms: i64,
    /// What it is broken down by.
    pub by: By,
    /// Only this currency. Without it counts are added over all currencies and money has a point for each.
    pub currency: Option<Currency>,
}

/// The value of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// An amount, in the currency of its point.
    Money(Money),
    /// A number.
    Count(i64),
    /// `part` of `of`, which is not zero.
    Ratio {
        /// How many.
        part: i64,
        /// Out of how many.
        of: i64,
    },
}

/// A metric in one window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// Start of the window, epoch ms.
    pub start_ms: i64,
    /// End of the window, exclusive.
    pub end_ms: i64,
    /// Category, product, country or status; `None` for a total.
    pub key: Option<Arc<str>>,
    /// The currency; `None` for a count over all currencies.
    pub currency: Option<Currency>,
    /// The value.
    pub value: Value,
    /// Whether it will not change any more.
    pub is_final: bool,
}

impl Answers {
    /// The points of a metric, by time, key and currency. Windows in which nothing happened have none.
    ///
    /// # Errors
    /// [`ReadError::Invalid`] for a combination that is not kept, [`ReadError::TooMany`], [`ReadError::Unavailable`],
    /// [`ReadError::Store`].
    pub fn metric(&self, query: &MetricQuery) -> Result<Vec<Point>, ReadError> {
        if query.metric == Metric::Conversion {
            return self.conversion(query);
        }
        let dimension = match query.by {
            By::Status => return self.orders_now(query),
            By::Part(dimension) => dimension,
        };
        let rows = self.figures(query.granularity, dimension, query.from_ms, query.to_ms, query.currency)?;
        let over_currencies = !query.metric.is_money() && query.currency.is_none();
        let mut sums: BTreeMap<PointKey, (i64, bool, Figures)> = BTreeMap::new();
        for WindowFigures { start_ms, end_ms, key, figures, is_final } in rows {
            let currency = (!over_currencies).then_some(key.currency);
            let empty = (end_ms, is_final, Figures::default());
            let sum = sums.entry((start_ms, key.value, currency)).or_insert(empty);
            // Amounts of several currencies are never looked at: only counts are taken from such a sum.
            let figures = if over_currencies { counts_of(figures) } else { figures };
            sum.2 = sum.2.checked_add(figures).ok_or(ReadError::Overflow { what: "the figures of a window" })?;
        }
        let mut points = Vec::with_capacity(sums.len());
        for ((start_ms, key, currency), (end_ms, is_final, figures)) in sums {
            let key = (!key.is_empty()).then_some(key);
            let value = query.metric.of(figures)?;
            points.extend(value.map(|value| Point { start_ms, end_ms, key, currency, value, is_final }));
        }
        Ok(points)
    }

    fn orders_now(&self, query: &MetricQuery) -> Result<Vec<Point>, ReadError> {
        if query.metric != Metric::Orders {
            return Err(ReadError::invalid("by", "only the metric orders can be broken down by status"));
        }
        let end_ms = self.as_of().max(0);
        let point = |(status, count): (Status, i64)| Point {
            start_ms: 0,
            end_ms,
            key: Some(status.as_str().into()),
            currency: None,
            value: Value::Count(count),
            is_final: false,
        };
        Ok(self.orders_by_status()?.into_iter().map(point).collect())
    }
}

/// Start of the window, part and currency of a point.
type PointKey = (i64, Arc<str>, Option<Currency>);

fn counts_of(figures: Figures) -> Figures {
    Figures { gross: Money::ZERO, refunds: Money::ZERO, ..figures }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_parsed_by_the_names_they_have() {
        assert!(Metric::ALL.into_iter().all(|metric| Metric::parse(metric.as_str()) == Some(metric)));
        assert_eq!(Metric::parse("visits"), None);
    }
}
