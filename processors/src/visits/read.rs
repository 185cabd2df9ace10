//! Reading the funnel.

use std::collections::BTreeMap;

use tillstream_stores::i64_be;

use super::{FUNNEL, Funnel, funnel_serde};
use crate::read::{Answers, ReadError, rows};
use crate::revenue::{By, Dimension, Granularity, Metric, MetricQuery, Point, Value};

/// Hours an answer is made of at most: a hundred years.
const HOURS_MAX: usize = 1_000_000;

/// The funnel of one window: the visits that began in it, and the orders placed in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FunnelPoint {
    /// Start of the window, epoch ms.
    pub start_ms: i64,
    /// End of the window, exclusive.
    pub end_ms: i64,
    /// How far the visits got.
    pub funnel: Funnel,
    /// Confirmed orders.
    pub orders: i64,
    /// Whether it will not change any more.
    pub is_final: bool,
}

impl Answers {
    /// The funnel of each window of `granularity` that starts in `[from_ms, to_ms)` and had a visit or an order.
    ///
    /// # Errors
    /// [`ReadError::Invalid`] for minutes, which are not kept, [`ReadError::TooMany`], [`ReadError::Unavailable`],
    /// [`ReadError::Store`].
    pub fn funnel(&self, granularity: Granularity, from_ms: i64, to_ms: i64) -> Result<Vec<FunnelPoint>, ReadError> {
        if granularity == Granularity::Minute {
            return Err(ReadError::invalid("granularity", "visits are counted by hour; ask for hour, day or month"));
        }
        let mut windows: BTreeMap<i64, (Funnel, i64)> = BTreeMap::new();
        for (hour, visits) in self.hours(from_ms, granularity.window(to_ms.saturating_sub(1)).1)? {
            let start_ms = granularity.window(hour).0;
            if (from_ms..to_ms).contains(&start_ms) {
                let (sum, _) = windows.entry(start_ms).or_default();
                *sum = sum.checked_add(visits).ok_or(ReadError::Overflow { what: "the number of visits" })?;
            }
        }
        let by = By::Part(Dimension::Total);
        let orders = MetricQuery { metric: Metric::Orders, granularity, from_ms, to_ms, by, currency: None };
        for point in self.metric(&orders)? {
            if let Value::Count(count) = point.value {
                windows.entry(point.start_ms).or_default().1 = count;
            }
        }
        let closed = self.watermark().saturating_sub(self.settings().revenue_grace_ms);
        let closed = closed.saturating_sub(self.settings().visit_gap_ms);
        let point = |(start_ms, (funnel, orders))| {
            let end_ms = granularity.window(start_ms).1;
            FunnelPoint { start_ms, end_ms, funnel, orders, is_final: end_ms <= closed }
        };
        Ok(windows.into_iter().map(point).collect())
    }

    /// Orders by visit, of each window that had a visit.
    pub(crate) fn conversion(&self, query: &MetricQuery) -> Result<Vec<Point>, ReadError> {
        if query.by != By::Part(Dimension::Total) {
            return Err(ReadError::invalid("by", "visits are of no category, product or country"));
        }
        if query.currency.is_some() {
            return Err(ReadError::invalid("currency", "visits have no currency"));
        }
        let points = self.funnel(query.granularity, query.from_ms, query.to_ms)?;
        let seen = points.into_iter().filter(|point| point.funnel.visits > 0);
        let point = |point: FunnelPoint| Point {
            start_ms: point.start_ms,
            end_ms: point.end_ms,
            key: None,
            currency: None,
            value: Value::Ratio { part: point.orders, of: point.funnel.visits },
            is_final: point.is_final,
        };
        Ok(seen.map(point).collect())
    }

    /// The hours that begin from `from_ms` to `to_ms`.
    fn hours(&self, from_ms: i64, to_ms: i64) -> Result<Vec<(i64, Funnel)>, ReadError> {
        // Times before 1970 lie behind all others: their sign is the highest bit.
        let bounds = (from_ms >= 0).then_some((&from_ms, &to_ms)).unzip();
        let mut hours = Vec::new();
        for task in rows::holders(self.query(), FUNNEL)? {
            let listed = rows::key_values(&task, FUNNEL, i64_be(), funnel_serde(), |view| {
                view.range(bounds.0, bounds.1, HOURS_MAX + 1)
            })?;
            hours.extend(listed.into_iter().map(|(hour, row)| (hour, row.value)));
        }
        if hours.len() > HOURS_MAX { Err(ReadError::TooMany { limit: HOURS_MAX }) } else { Ok(hours) }
    }
}
