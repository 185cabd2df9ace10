//! `sys_stores`: the stores, task by task.

use std::sync::Arc;

use tillstream_stores::StoreKind;

use crate::error::SqlError;
use crate::tables::column::{Cell, Column, Kind};
use crate::tables::listed::listed;
use crate::tables::{State, Table, Wanted};

#[derive(Debug)]
struct Row {
    store: String,
    task: String,
    kind: &'static str,
    owner: Option<Arc<str>>,
    changelog_offset: Option<i64>,
}

const COLUMNS: &[Column<Row>] = &[
    Column::new("store", Kind::Text, "The store.", |row| Cell::Text(&row.store)),
    Column::new("task", Kind::Text, "The task that holds this part of it.", |row| Cell::Text(&row.task)),
    Column::new("kind", Kind::Text, "keyValue or window.", |row| Cell::Text(row.kind)),
    Column::optional("owner", Kind::Text, "The instance that runs the task; null for this one.", |row| {
        Cell::text(row.owner.as_deref())
    }),
    Column::optional("changelog_offset", Kind::Integer, "Next offset of its changelog.", |row| {
        Cell::integer(row.changelog_offset)
    }),
];

/// The stores, task by task.
pub(super) fn table() -> Arc<dyn Table> {
    listed("sys_stores", "The state stores: one row a store and task.", COLUMNS, 2, list)
}

fn list(state: &State, _: &Wanted) -> Result<Vec<Row>, SqlError> {
    let mut rows = Vec::new();
    for task in state.query().tasks() {
        let offsets: Vec<Option<i64>> = task
            .reader
            .snapshot(|snapshot| task.reader.stores().map(|(store, _)| snapshot.changelog_offset(store)).collect())?;
        rows.extend(task.reader.stores().zip(offsets).map(|((store, kind), changelog_offset)| Row {
            store: store.to_owned(),
            task: task.id.to_string(),
            kind: if kind == StoreKind::Window { "window" } else { "keyValue" },
            owner: task.owner.clone(),
            changelog_offset,
        }));
    }
    rows.sort_by(|a, b| (&a.store, &a.task).cmp(&(&b.store, &b.task)));
    Ok(rows)
}
