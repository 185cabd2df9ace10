//! `sys_topology`: what the topology is made of.

use std::sync::Arc;

use crate::tables::Table;
use crate::tables::column::{Cell, Column, Kind};
use crate::tables::listed::listed;

type Row = (usize, &'static str, String);

const COLUMNS: &[Column<Row>] = &[
    Column::new("sub_topology", Kind::Integer, "Number of the sub-topology.", |row| Cell::Integer(row.0 as i64)),
    Column::new("kind", Kind::Text, "source, store or sink.", |row| Cell::Text(row.1)),
    Column::new("name", Kind::Text, "The topic or store.", |row| Cell::Text(&row.2)),
];

/// What the topology is made of.
pub(super) fn table() -> Arc<dyn Table> {
    let comment = "What the topology is made of: the topics each sub-topology reads and writes, and its stores.";
    listed("sys_topology", comment, COLUMNS, 3, |state, _| Ok(state.topology.parts.clone()))
}
