//! Reading the figures of windows.

use std::collections::BTreeMap;
use std::sync::Arc;

use tillstream_models::events::Currency;
use tillstream_stores::{ValueAndTimestamp, Windowed};

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

impl Answers {
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
            return Err(ReadError::invalid(
                "granularity",
                "minutes are kept for totals only; ask for hour, day or month",
            ));
        }
        // Also where no window has begun as far as is known: a task that is not open may know more.
        rows::holders(self.query(), &store_name(granularity, dimension))?;
        let (Some(first), Some(last)) = whole_windows(granularity, from_ms, to_ms.min(self.as_of().saturating_add(1)))
        else {
            return Ok(Vec::new());
        };
        let stored = match dimension {
            Dimension::Total if granularity == Granularity::Minute => self.minutes(first, last, currency)?,
            dimension => self.rows(granularity, dimension, first, last, currency)?,
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

    /// Minutes are looked up by currency: those of a day are too many to look through for the few of an hour.
    fn minutes(&self, first: i64, last: i64, currency: Option<Currency>) -> Result<Stored, ReadError> {
        let store = store_name(Granularity::Minute, Dimension::Total);
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

    /// All rows in a time, in one walk: a look-up would begin a walk of its own for each day there was.
    fn rows(
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
            found
                .extend(listed.into_iter().filter(|(key, _)| currency.is_none_or(|wanted| wanted == key.key.currency)));
            bounded(&found)?;
        }
        Ok(found)
    }

    /// The currencies anything was sold in.
    fn currencies(&self) -> Result<Arc<Vec<Currency>>, ReadError> {
        self.caches().currencies.get(&(), stamp(self.query()), || {
            let days = self.rows(Granularity::Day, Dimension::Total, 0, i64::MAX, None)?;
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
}
