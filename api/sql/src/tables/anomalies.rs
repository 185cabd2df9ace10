//! `anomalies`: hours that stand out.

use std::sync::Arc;

use tillstream_processors::anomalies::SpottedHour;

use super::column::{Cell, Column, Kind};
use super::listed;
use super::{About, State, Table, Wanted};
use crate::error::SqlError;

const COLUMNS: &[Column<SpottedHour>] = &[
    Column::new("window_start", Kind::Time, "Start of the hour.", |row| Cell::Time(row.start_ms)),
    Column::new("metric", Kind::Text, "The measure: orders or gross revenue, in one currency.", |row| {
        Cell::Text(&row.metric)
    }),
    Column::new("window_end", Kind::Time, "End of the hour, exclusive.", |row| Cell::Time(row.end_ms)),
    Column::new("value", Kind::Number, "What was measured; money rounded as statistics are.", |row| {
        Cell::Number(row.spotted.value)
    }),
    Column::new("expected", Kind::Number, "What this hour of the week was in the weeks before.", |row| {
        Cell::Number(row.spotted.expected)
    }),
    Column::new("score", Kind::Number, "How far off it is, in standard deviations; negative for a drop.", |row| {
        Cell::Number(row.spotted.score)
    }),
];

/// Hours that stand out.
pub(super) fn table() -> Arc<dyn Table> {
    let comment = "Hours far from what the same hour of the week was in the weeks before, judged when they are final.";
    listed::of(About::new("anomalies", comment, COLUMNS, 2, &["window_start"]), COLUMNS, list)
}

fn list(state: &State, wanted: &Wanted) -> Result<Vec<SpottedHour>, SqlError> {
    let (from, to) = wanted.number_range("window_start");
    let page = state.answers.anomalies(from, to.saturating_add(1), wanted.limit.unwrap_or(usize::MAX))?;
    Ok(page.hours)
}
