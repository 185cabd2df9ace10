//! `funnel_by_*`: how far visits get, and what part of them ends in an order.

use std::sync::Arc;

use tillstream_processors::revenue::Granularity;
use tillstream_processors::visits::FunnelPoint;

use super::column::{Cell, Column, Kind};
use super::listed;
use super::{About, State, Table, Wanted};
use crate::error::SqlError;

const COLUMNS: &[Column<FunnelPoint>] = &[
    Column::new("window_start", Kind::Time, "Start of the window.", |row| Cell::Time(row.start_ms)),
    Column::new("window_end", Kind::Time, "End of the window, exclusive.", |row| Cell::Time(row.end_ms)),
    Column::new("visits", Kind::Integer, "Visits that began in the window.", |row| Cell::Integer(row.funnel.visits)),
    Column::new("viewed", Kind::Integer, "Those in which a product was looked at.", |row| {
        Cell::Integer(row.funnel.viewed)
    }),
    Column::new("added_to_cart", Kind::Integer, "Those in which something was put into the cart.", |row| {
        Cell::Integer(row.funnel.added_to_cart)
    }),
    Column::new("checked_out", Kind::Integer, "Those in which the visitor went to pay.", |row| {
        Cell::Integer(row.funnel.checked_out)
    }),
    Column::new("orders", Kind::Integer, "Confirmed orders placed in the window.", |row| Cell::Integer(row.orders)),
    Column::optional("conversion", Kind::Number, "Orders by visit; null without visits.", |row| {
        match row.funnel.visits {
            ..=0 => Cell::Null,
            visits => Cell::Number(row.orders as f64 / visits as f64),
        }
    }),
    Column::new("final", Kind::Flag, "Whether the figures will not change any more.", |row| Cell::Flag(row.is_final)),
];

/// One table a size of windows.
pub(super) fn tables() -> Vec<Arc<dyn Table>> {
    let table = |window: Granularity, list| {
        let word = window.as_str();
        let comment = format!("How far the visits of each {word} get: one row a {word} with a visit or an order.");
        listed::of(About::new(format!("funnel_by_{word}"), &comment, COLUMNS, 1, &["window_start"]), COLUMNS, list)
    };
    vec![
        table(Granularity::Hour, |state, wanted| list(state, wanted, Granularity::Hour)),
        table(Granularity::Day, |state, wanted| list(state, wanted, Granularity::Day)),
        table(Granularity::Month, |state, wanted| list(state, wanted, Granularity::Month)),
    ]
}

fn list(state: &State, wanted: &Wanted, window: Granularity) -> Result<Vec<FunnelPoint>, SqlError> {
    let (from, to) = wanted.number_range("window_start");
    Ok(state.answers.funnel(window, from.max(0), to.saturating_add(1))?)
}
