//! `stock`: how many of each product there are.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use tillstream_processors::stock::{STOCK, Stock};
use tillstream_stores::json;

use super::column::{Cell, Column, Kind};
use super::keyed::Keyed;
use super::{About, Batches, Sink, State, Table, Wanted};
use crate::error::SqlError;

#[derive(Debug)]
struct Row {
    id: Arc<str>,
    stock: Stock,
}

const COLUMNS: &[Column<Row>] = &[
    Column::new("product_id", Kind::Text, "The product.", |row| Cell::Text(&row.id)),
    Column::new(
        "level",
        Kind::Integer,
        "How many there are; negative when more left than was known to be there.",
        |row| Cell::Integer(row.stock.level),
    ),
    Column::new("adjustments", Kind::Integer, "Adjustments heard of.", |row| Cell::count(row.stock.adjustments)),
    Column::optional("counted_at", Kind::Time, "Time of the last count.", |row| Cell::time(row.stock.counted_at_ms)),
    Column::new("updated_at", Kind::Time, "Time of the last event.", |row| Cell::Time(row.stock.updated_at_ms)),
];

/// How many of each product there are.
#[derive(Debug)]
pub(super) struct StockLevels {
    about: About,
    schema: SchemaRef,
}

impl StockLevels {
    pub(super) fn new() -> Self {
        let about = About::new("stock", "How many of each product there are.", COLUMNS, 1, &["product_id"]);
        Self { schema: about.schema(), about }
    }
}

impl Table for StockLevels {
    fn about(&self) -> &About {
        &self.about
    }

    fn scan(&self, state: &State, wanted: &Wanted, sink: &mut dyn Sink) -> Result<(), SqlError> {
        let mut batches = Batches::new(&self.schema, COLUMNS, wanted, sink);
        let stock = Keyed { store: STOCK, value: json::<Stock>(), column: "product_id" };
        stock.visit(state, wanted, &mut batches, |id, stock, batches| batches.push(&Row { id, stock }))?;
        batches.finish()
    }
}
