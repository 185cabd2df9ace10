//! `sys_lag`: how far consumers are behind.

use std::sync::Arc;

use tillstream_runtime::lag::PartitionLag;

use crate::error::SqlError;
use crate::tables::column::{Cell, Column, Kind};
use crate::tables::listed::listed;
use crate::tables::{State, Table, Wanted};

type Row = (Arc<str>, PartitionLag);

const COLUMNS: &[Column<Row>] = &[
    Column::new("consumer_group", Kind::Text, "The consumer group.", |row| Cell::Text(&row.0)),
    Column::new("topic", Kind::Text, "The topic.", |row| Cell::Text(&row.1.topic)),
    Column::new("partition", Kind::Integer, "The partition.", |row| Cell::Integer(i64::from(row.1.partition))),
    Column::new("committed", Kind::Integer, "Offset of the next record the group will process.", |row| {
        Cell::Integer(row.1.committed)
    }),
    Column::new("end_offset", Kind::Integer, "Offset behind the last record.", |row| Cell::Integer(row.1.end)),
    Column::new("lag", Kind::Integer, "Records not yet processed.", |row| Cell::count(row.1.lag())),
];

/// How far consumers are behind.
pub(super) fn table() -> Arc<dyn Table> {
    listed("sys_lag", "How far consumer groups are behind: one row a group and partition.", COLUMNS, 3, list)
}

fn list(state: &State, _: &Wanted) -> Result<Vec<Row>, SqlError> {
    let groups = state.lag()?.into_iter();
    Ok(groups
        .flat_map(|group| {
            let name = group.group;
            group.partitions.into_iter().map(move |partition| (Arc::clone(&name), partition))
        })
        .collect())
}
