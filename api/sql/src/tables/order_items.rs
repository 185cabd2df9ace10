//! `order_items`: the lines of the orders.

use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use tillstream_processors::Line;

use super::column::{Cell, Column, Kind};
use super::orders::{self, OrderRow};
use super::{About, Batches, Sink, State, Table, Wanted};
use crate::error::SqlError;

/// A line of an order.
#[derive(Debug)]
pub(super) struct LineRow {
    row: Arc<OrderRow>,
    number: i64,
    line: Line,
}

const COLUMNS: &[Column<LineRow>] = &[
    Column::new("order_id", Kind::Text, "The order.", |row| Cell::Text(&row.row.id)),
    Column::new("line", Kind::Integer, "Number of the line in the order, from 1.", |row| Cell::Integer(row.number)),
    Column::new("product_id", Kind::Text, "The product.", |row| Cell::Text(&row.line.product_id)),
    Column::new("name", Kind::Text, "What the order called it.", |row| Cell::Text(&row.line.name)),
    Column::new("category", Kind::Text, "Its category.", |row| Cell::Text(&row.line.category)),
    Column::new("quantity", Kind::Integer, "How many.", |row| Cell::Integer(i64::from(row.line.quantity))),
    Column::new("unit_price", Kind::Money, "The price of one.", |row| Cell::Money(row.line.unit_price)),
    Column::new("amount", Kind::Money, "What the line is worth.", |row| Cell::Money(row.line.amount)),
    Column::optional("currency", Kind::Text, "The currency of the amounts, ISO 4217.", |row| {
        Cell::text(row.row.order.details.as_ref().map(|details| details.currency.as_str()))
    }),
    Column::new("status", Kind::Text, "Status of the order.", |row| Cell::Text(row.row.order.status().as_str())),
    Column::optional("user_id", Kind::Text, "Who ordered.", |row| {
        Cell::text(row.row.order.details.as_ref().map(|details| &*details.user_id))
    }),
    Column::optional("placed_at", Kind::Time, "When it was ordered.", |row| {
        Cell::time(row.row.order.details.as_ref().map(|details| details.placed_at_ms))
    }),
];

/// The lines of the orders.
#[derive(Debug)]
pub(super) struct OrderItems {
    about: About,
    schema: SchemaRef,
}

impl OrderItems {
    pub(super) fn new() -> Self {
        let comment = "The lines of the orders: one row a line.";
        let about = About::new("order_items", comment, COLUMNS, 2, &["order_id"]).in_parts(2);
        Self { schema: about.schema(), about }
    }
}

impl Table for OrderItems {
    fn about(&self) -> &About {
        &self.about
    }

    fn scan(&self, state: &State, wanted: &Wanted, sink: &mut dyn Sink) -> Result<(), SqlError> {
        let mut batches = Batches::new(&self.schema, COLUMNS, wanted, sink);
        orders::visit(state, wanted, &mut batches, |row, batches| {
            let row = Arc::new(row);
            let Some(details) = &row.order.details else { return batches.skip() };
            details.items.iter().zip(1..).try_for_each(|(line, number)| {
                batches.push(&LineRow { row: Arc::clone(&row), number, line: line.clone() })
            })?;
            ControlFlow::Continue(())
        })?;
        batches.finish()
    }
}
