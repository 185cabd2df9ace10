//! Reading revenue: figures of windows, and the metrics made of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use tillstream_models::events::{Currency, Money};
use tillstream_stores::{Windowed, ValueAndTimestamp};

use super::dimension::Dimension;
use super::figures::{Figures, figures_serde};
use super::granularity::Granularity;
use super::key::{RevenueKey, revenue_key_serde};
use super::store_name;
use crate::read::{Answers, ReadError, rows, stamp};

/// Rows an answer is made of at most.
const ROWS_MAX: usize = 1_000_000;

/// The figures of one window and key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowFigures {
    /// Start of the window, epoch ms.
    pub start_ms: i64,
    /// End of the window, exclusive.
    pub end_ms: i64,
    /// Currency, and category, product or country.
    pub key: RevenueKey,
    /// The figures.
    pub figures: Figures,
    /// Whether they will not change any more.
    pub is_final: bool,
}

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
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::GrossRevenue,
        Self::Refunds,
        Self::Revenue,
        Self::Orders,
        Self::Units,
        Self::AverageOrderValue,
        Self::Cancellations,
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
        !matches!(self, Self::Orders | Self::Units | Self::Cancellations)
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
        let dimension = match query.by {
            By::Status => return self.orders_now(query),
            By::Part(dimension) => dimension,
        };
        let rows = self.figures(query.granularity, dimension, query.from_ms, query.to_ms, query.currency)?;
        let over_currencies = !query.metric.is_money() && query.currency.is_none();
        let mut sums: BTreeMap<(i64, Arc<str>, Option<Currency>), (i64, bool, Figures)> = BTreeMap::new();
        for WindowFigures { start_ms, end_ms, key, figures, is_final } in rows {
            let currency = (!over_currencies).then_some(key.currency);
            let sum = sums.entry((start_ms, key.value, currency)).or_insert((end_ms, is_final, Figures::default()));
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
        let point = |(status, count): (crate::Status, i64)| Point {
            start_ms: 0,
            end_ms,
            key: Some(status.as_str().into()),
            currency: None,
            value: Value::Count(count),
            is_final: false,
        };
        Ok(self.orders_by_status()?.into_iter().map(point).collect())
    }

    /// The figures of all windows that start in `[from_ms, to_ms)`, by time, then key.
    ///
    /// # Errors
    /// As [`Answers::metric`].
    pub fn figures(
        &self,
        granularity: Granularity,
        dimension: Dimension,
        from_ms: i64,
        to_ms: i64,
        currency: Option<Currency>,
    ) -> Result<Vec<WindowFigures>, ReadError> {
        if granularity == Granularity::Minute && dimension != Dimension::Total {
            return Err(ReadError::invalid("granularity", "minutes are kept for totals only; ask for hour, day or month"));
        }
        let (Some(first), Some(last)) = whole_windows(granularity, from_ms, to_ms.min(self.as_of().saturating_add(1)))
        else {
            return Ok(Vec::new());
        };
        let stored = match dimension {
            Dimension::Total => self.totals(granularity, first, last, currency)?,
            part => self.parts(granularity, part, first, last, currency)?,
        };
        self.windowed(granularity, stored)
    }

    /// Rows of the stored windows put together into windows of the size asked for.
    fn windowed(&self, granularity: Granularity, stored: Stored) -> Result<Vec<WindowFigures>, ReadError> {
        let closed = self.watermark().saturating_sub(self.settings().revenue_grace_ms);
        let mut sums: BTreeMap<(i64, RevenueKey), Figures> = BTreeMap::new();
        for (key, row) in stored {
            let sum = sums.entry((granularity.window(key.window.start).0, key.key)).or_default();
            *sum = sum.checked_add(row.value).ok_or(ReadError::Overflow { what: "the figures of a window" })?;
        }
        let rows = sums.into_iter().map(|((start_ms, key), figures)| {
            let end_ms = granularity.window(start_ms).1;
            WindowFigures { start_ms, end_ms, key, figures, is_final: end_ms <= closed }
        });
        Ok(rows.collect())
    }

    /// Totals are looked up by currency: the minutes of a year are too many to look through.
    fn totals(
        &self,
        granularity: Granularity,
        first: i64,
        last: i64,
        currency: Option<Currency>,
    ) -> Result<Stored, ReadError> {
        let store = store_name(granularity, Dimension::Total);
        let known;
        let currencies = match &currency {
            Some(currency) => std::slice::from_ref(currency),
            None => {
                known = self.currencies()?;
                known.as_slice()
            }
        };
        let mut found = Stored::new();
        for currency in currencies {
            let key = RevenueKey { currency: *currency, value: "".into() };
            let task = rows::holder_of(self.query(), &store, currency.as_str())?;
            found.extend(rows::windows(&task, &store, revenue_key_serde(), figures_serde(), |view| {
                view.fetch(&key, first, last, ROWS_MAX + 1)
            })?);
            bounded(&found)?;
        }
        Ok(found)
    }

    fn parts(
        &self,
        granularity: Granularity,
        dimension: Dimension,
        first: i64,
        last: i64,
        currency: Option<Currency>,
    ) -> Result<Stored, ReadError> {
        let store = store_name(granularity, dimension);
        let mut found = Stored::new();
        for task in rows::holders(self.query(), &store)? {
            let listed = rows::windows(&task, &store, revenue_key_serde(), figures_serde(), |view| {
                view.fetch_all(first, last, ROWS_MAX + 1)
            })?;
            found.extend(listed.into_iter().filter(|(key, _)| currency.is_none_or(|wanted| wanted == key.key.currency)));
            bounded(&found)?;
        }
        Ok(found)
    }

    /// The currencies anything was sold in.
    fn currencies(&self) -> Result<Arc<Vec<Currency>>, ReadError> {
        self.caches().currencies.get((), stamp(self.query()), || {
            let days = self.parts(Granularity::Day, Dimension::Total, 0, i64::MAX, None)?;
            let mut currencies: Vec<Currency> = days.into_iter().map(|(key, _)| key.key.currency).collect();
            currencies.sort_unstable();
            currencies.dedup();
            Ok(currencies)
        })
    }
}

type Stored = Vec<(Windowed<RevenueKey>, ValueAndTimestamp<Figures>)>;

fn bounded(rows: &Stored) -> Result<(), ReadError> {
    if rows.len() > ROWS_MAX { Err(ReadError::TooMany { limit: ROWS_MAX }) } else { Ok(()) }
}

/// First and last millisecond of the whole windows that start in `[from_ms, to_ms)`; none when there is no such window.
fn whole_windows(granularity: Granularity, from_ms: i64, to_ms: i64) -> (Option<i64>, Option<i64>) {
    let from_ms = from_ms.max(0);
    let (start, end) = granularity.window(from_ms);
    let first = if start == from_ms { start } else { end };
    if first >= to_ms {
        return (None, None);
    }
    (Some(first), Some(granularity.window(to_ms - 1).1 - 1))
}

fn counts_of(figures: Figures) -> Figures {
    Figures { gross: Money::ZERO, refunds: Money::ZERO, ..figures }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_whole_and_start_in_the_range() {
        const HOUR: i64 = 3_600_000;
        let hours = |from, to| whole_windows(Granularity::Hour, from, to);
        assert_eq!(hours(HOUR, 3 * HOUR), (Some(HOUR), Some(3 * HOUR - 1)));
        assert_eq!(hours(HOUR + 1, 3 * HOUR), (Some(2 * HOUR), Some(3 * HOUR - 1)));
        assert_eq!(hours(HOUR, 2 * HOUR + 1), (Some(HOUR), Some(3 * HOUR - 1)));
        assert_eq!(hours(HOUR + 1, 2 * HOUR), (None, None));
        assert_eq!(hours(i64::MIN, 1), (Some(0), Some(HOUR - 1)));
        assert_eq!(hours(0, 0), (None, None));
    }

    #[test]
    fn metrics_are_parsed_by_the_names_they_have() {
        assert!(Metric::ALL.into_iter().all(|metric| Metric::parse(metric.as_str()) == Some(metric)));
        assert_eq!(Metric::parse("conversion"), None);
    }
}
