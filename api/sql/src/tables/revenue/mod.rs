//! `revenue_by_*`: money and counts by window, in total and by category, product and country.

mod columns;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use tillstream_processors::revenue::{
    Dimension, Figures, Granularity, RevenueKey, figures_serde, revenue_key_serde, store_name,
};

use self::columns::{CATEGORIES, COUNTRIES, PRODUCTS, Row, TOTALS};
use super::column::Column;
use super::{About, Batches, Sink, State, Table, Wanted};
use crate::error::{ErrorKind, SqlError};

/// The figures of windows of one size, in total or broken down.
#[derive(Debug)]
struct Revenue {
    granularity: Granularity,
    dimension: Dimension,
    columns: &'static [Column<Row>],
    about: About,
    schema: SchemaRef,
}

/// All tables of revenue.
pub(super) fn tables() -> Vec<Arc<dyn Table>> {
    use Granularity::{Day, Hour, Minute, Month};
    let totals = [Minute, Hour, Day, Month].map(|granularity| (granularity, Dimension::Total));
    let parts = [Hour, Day].into_iter().flat_map(|granularity| Dimension::PARTS.map(|part| (granularity, part)));
    let table = |(granularity, dimension)| Arc::new(Revenue::new(granularity, dimension)) as Arc<dyn Table>;
    totals.into_iter().chain(parts).map(table).collect()
}

impl Revenue {
    fn new(granularity: Granularity, dimension: Dimension) -> Self {
        let window = granularity.as_str();
        let (columns, name, comment) = match dimension {
            Dimension::Total => {
                let comment = format!("Money and counts of each {window}: one row a {window} and currency with sales.");
                (TOTALS, format!("revenue_by_{window}"), comment)
            }
            part => {
                let word = part.as_str();
                let columns = match part {
                    Dimension::Category => CATEGORIES,
                    Dimension::Product => PRODUCTS,
                    _ => COUNTRIES,
                };
                let comment =
                    format!("Money and counts of each {window} by {word}; an order counts once in each it touches.");
                (columns, format!("revenue_by_{window}_{word}"), comment)
            }
        };
        // The window's start, and what the figures are broken down by; the window's end follows from its start.
        let mut about = About::new(name, &comment, columns, 0, &["window_start"]);
        about.key = vec!["window_start".to_owned(), "currency".to_owned()];
        if dimension != Dimension::Total {
            about.key.extend(columns.get(3).map(|column| column.name.to_string()));
        }
        // Months are put together from the days of all tasks.
        let about = about.in_parts(if granularity == Granularity::Month { 1 } else { 2 });
        Self { granularity, dimension, columns, schema: about.schema(), about }
    }

    /// Start of the first and last window that are wanted.
    fn range(&self, wanted: &Wanted) -> (i64, i64) {
        let (from, to) = wanted.number_range("window_start");
        (from.max(0), to)
    }

    fn row(&self, key: RevenueKey, start_ms: i64, figures: Figures, closed: i64) -> Row {
        let (_, end_ms) = self.granularity.window(start_ms);
        Row { start_ms, end_ms, key, figures, is_final: end_ms <= closed }
    }

    /// Windows as they are stored.
    fn stored(
        &self,
        state: &State,
        wanted: &Wanted,
        batches: &mut Batches<'_, Row>,
        closed: i64,
    ) -> Result<(), SqlError> {
        let store = store_name(self.granularity, self.dimension);
        let (from, to) = self.range(wanted);
        state.over_tasks(&store, wanted, batches, |snapshot, batches| {
            let view = snapshot.window_view(&store, revenue_key_serde(), figures_serde())?;
            view.visit(from, to, |key, row| batches.push(&self.row(key.key, key.window.start, row.value, closed)))?;
            Ok(())
        })
    }

    /// Calendar months, added up from days: a row for each month and currency, which is little.
    fn months(
        &self,
        state: &State,
        wanted: &Wanted,
        batches: &mut Batches<'_, Row>,
        closed: i64,
    ) -> Result<(), SqlError> {
        let store = store_name(self.granularity, self.dimension);
        let (from, to) = self.range(wanted);
        // Whole months: a month that begins before the first day wanted is none of those wanted.
        let last_day = if to == i64::MAX { to } else { self.granularity.window(to).1.saturating_sub(1) };
        let mut sums: BTreeMap<(i64, RevenueKey), Figures> = BTreeMap::new();
        let mut overflow = false;
        state.over_tasks(&store, wanted, batches, |snapshot, _| {
            let view = snapshot.window_view(&store, revenue_key_serde(), figures_serde())?;
            view.visit(self.granularity.window(from).0, last_day, |key, row| {
                let sum = sums.entry((self.granularity.window(key.window.start).0, key.key)).or_default();
                match sum.checked_add(row.value) {
                    Some(more) => *sum = more,
                    None => overflow = true,
                }
                ControlFlow::Continue(())
            })?;
            Ok(())
        })?;
        if overflow {
            return Err(SqlError::new(ErrorKind::Failed, "the figures of a month are larger than a sum can be"));
        }
        for ((start_ms, key), figures) in sums {
            if batches.push(&self.row(key, start_ms, figures, closed)).is_break() {
                break;
            }
        }
        Ok(())
    }
}

impl Table for Revenue {
    fn about(&self) -> &About {
        &self.about
    }

    fn scan(&self, state: &State, wanted: &Wanted, sink: &mut dyn Sink) -> Result<(), SqlError> {
        let closed = state.answers.watermark().saturating_sub(state.answers.settings().revenue_grace_ms);
        let mut batches = Batches::new(&self.schema, self.columns, wanted, sink);
        if self.granularity == Granularity::Month {
            self.months(state, wanted, &mut batches, closed)?;
        } else {
            self.stored(state, wanted, &mut batches, closed)?;
        }
        batches.finish()
    }
}
