//! `sys_config`: the effective configuration.

use std::sync::Arc;

use crate::tables::column::{Cell, Column, Kind};
use crate::tables::listed::listed;
use crate::tables::{Setting, Table};

const COLUMNS: &[Column<Setting>] = &[
    Column::new("key", Kind::Text, "section.key", |row| Cell::Text(&row.key)),
    Column::new("value", Kind::Text, "The effective value, as in TOML; secrets are not shown.", |row| {
        Cell::Text(&row.value)
    }),
    Column::new("origin", Kind::Text, "Where it came from: default, a file, the environment or a flag.", |row| {
        Cell::Text(&row.origin)
    }),
];

/// The effective configuration.
pub(super) fn table() -> Arc<dyn Table> {
    let comment = "The effective configuration, each value with where it came from.";
    listed("sys_config", comment, COLUMNS, 1, |state, _| Ok(state.settings.to_vec()))
}
