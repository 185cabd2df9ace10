//! `orders_by_status`: how many orders are in each status.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use tillstream_processors::order_counts::ORDERS_BY_STATUS;
use tillstream_stores::{arc_str, i64_be};

use super::column::{Cell, Column, Kind};
use super::{About, Batches, Sink, State, Table, Wanted};
use crate::error::SqlError;

type Row = (Arc<str>, i64);

const COLUMNS: &[Column<Row>] = &[
    Column::new("status", Kind::Text, "The status.", |row| Cell::Text(&row.0)),
    Column::new("orders", Kind::Integer, "Orders that are in it.", |row| Cell::Integer(row.1)),
];

/// How many orders are in each status.
#[derive(Debug)]
pub(super) struct OrdersByStatus {
    about: About,
    schema: SchemaRef,
}

impl OrdersByStatus {
    pub(super) fn new() -> Self {
        let about = About::new("orders_by_status", "How many orders are in each status.", COLUMNS, 1, &[]);
        Self { schema: about.schema(), about }
    }
}

impl Table for OrdersByStatus {
    fn about(&self) -> &About {
        &self.about
    }

    fn scan(&self, state: &State, wanted: &Wanted, sink: &mut dyn Sink) -> Result<(), SqlError> {
        let mut batches = Batches::new(&self.schema, COLUMNS, wanted, sink);
        state.over_tasks(ORDERS_BY_STATUS, wanted, &mut batches, |snapshot, batches| {
            let view = snapshot.key_value_view(ORDERS_BY_STATUS, arc_str(), i64_be())?;
            view.visit(&[], None, None, |status, row| {
                if row.value == 0 { batches.skip() } else { batches.push(&(status, row.value)) }
            })?;
            Ok(())
        })?;
        batches.finish()
    }
}
