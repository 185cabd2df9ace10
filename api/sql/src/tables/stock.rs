//! `stock`: how many of each product there are, and when it will be out.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use tillstream_processors::stock::{Forecast, STOCK, Stock};
use tillstream_stores::json;

use super::column::{Cell, Column, Kind};
use super::keyed::Keyed;
use super::{About, Batches, Sink, State, Table, Wanted};
use crate::error::SqlError;

#[derive(Debug)]
struct Row {
    id: Arc<str>,
    stock: Stock,
    forecast: Option<Forecast>,
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
    Column::optional(
        "units_per_day",
        Kind::Number,
        "Units sold a day as of late; null where nothing can be foretold: never counted, or hardly sold.",
        |row| row.forecast.map_or(Cell::Null, |forecast| Cell::Number(forecast.units_per_day)),
    ),
    Column::optional("days_left", Kind::Number, "Days until nothing is left if it goes on to sell like that.", |row| {
        row.forecast.map_or(Cell::Null, |forecast| Cell::Number(forecast.days_left))
    }),
    Column::optional("out_at", Kind::Time, "When nothing will be left.", |row| {
        Cell::time(row.forecast.map(|forecast| forecast.out_at_ms))
    }),
];

/// How many of each product there are.
#[derive(Debug)]
pub(super) struct StockLevels {
    about: About,
    schema: SchemaRef,
}

impl StockLevels {
    pub(super) fn new() -> Self {
        let about = About::new(
            "stock",
            "How many of each product there are, and when it will be out.",
            COLUMNS,
            1,
            &["product_id"],
        );
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
        stock.visit(state, wanted, &mut batches, |id, stock, batches| {
            let forecast = state.answers.stock_forecast(&stock);
            batches.push(&Row { id, stock, forecast })
        })?;
        batches.finish()
    }
}
