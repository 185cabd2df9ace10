//! `sys_ledger`: what became of the records of each topic.

use std::sync::Arc;

use tillstream_runtime::ledger::Entry;

use crate::tables::Table;
use crate::tables::column::{Cell, Column, Kind};
use crate::tables::listed::listed;

type Row = (String, Entry);

const COLUMNS: &[Column<Row>] = &[
    Column::new("topic", Kind::Text, "The topic.", |row| Cell::Text(&row.0)),
    Column::new("consumed", Kind::Integer, "Records taken from it, all time; the sum of the rest.", |row| {
        Cell::count(row.1.consumed)
    }),
    Column::new("applied", Kind::Integer, "Records that took effect.", |row| Cell::count(row.1.applied)),
    Column::new("dead", Kind::Integer, "Records sent to the dead letters.", |row| Cell::count(row.1.dead)),
    Column::new("late", Kind::Integer, "Records behind the grace of a window.", |row| Cell::count(row.1.late)),
    Column::new("duplicate", Kind::Integer, "Records whose event id was seen before.", |row| {
        Cell::count(row.1.duplicate)
    }),
    Column::new("skipped", Kind::Integer, "Records nobody had a use for.", |row| Cell::count(row.1.skipped)),
];

/// What became of the records of each topic.
pub(super) fn table() -> Arc<dyn Table> {
    let comment = "What became of the records of each source topic, all time.";
    listed("sys_ledger", comment, COLUMNS, 1, |state, _| Ok(state.ledger()?.into_iter().collect()))
}
