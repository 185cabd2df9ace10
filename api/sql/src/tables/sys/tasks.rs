//! `sys_tasks`: what runs where.

use std::sync::Arc;

use tillstream_runtime::query::TaskView;

use crate::tables::Table;
use crate::tables::column::{Cell, Column, Kind};
use crate::tables::listed::listed;

type Row = Arc<TaskView>;

const COLUMNS: &[Column<Row>] = &[
    Column::new("task", Kind::Text, "The task: sub-topology and partition, such as 0_3.", |task| {
        Cell::Owned(task.id.to_string())
    }),
    Column::new("sub_topology", Kind::Integer, "Number of its sub-topology.", |task| {
        Cell::Integer(task.id.sub_topology as i64)
    }),
    Column::new("partition", Kind::Integer, "Its partition.", |task| Cell::Integer(i64::from(task.id.partition))),
    Column::optional("owner", Kind::Text, "The instance that runs it; null for this one.", |task| {
        Cell::text(task.owner.as_deref())
    }),
    Column::optional("thread", Kind::Integer, "The stream thread of this instance that runs it.", |task| {
        Cell::integer(task.owner.is_none().then_some(task.thread as i64))
    }),
    Column::new("stores", Kind::Text, "Its stores, separated by commas.", |task| Cell::Owned(task.stores.join(","))),
    Column::optional("stream_time", Kind::Time, "Event time as of its last commit.", |task| {
        Cell::time((task.stream_time >= 0).then_some(task.stream_time))
    }),
    Column::new(
        "processed",
        Kind::Integer,
        "Records processed: since the application started, of another instance's task of all time.",
        |task| Cell::count(task.processed),
    ),
    Column::new("position", Kind::Text, "How far its inputs are read: topic:partition=next offset,…", |task| {
        Cell::Owned(task.position.to_string())
    }),
];

/// What runs where.
pub(super) fn table() -> Arc<dyn Table> {
    let comment = "Tasks that are known: one partition of one sub-topology each.";
    listed("sys_tasks", comment, COLUMNS, 1, |state, _| Ok(state.query().tasks()))
}
