//! `products`: what products are called.

use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use tillstream_processors::best_sellers::{Label, PRODUCTS};
use tillstream_stores::{json, nullable};

use super::column::{Cell, Column, Kind};
use super::keyed::Keyed;
use super::{About, Batches, Sink, State, Table, Wanted};
use crate::error::SqlError;

#[derive(Debug)]
struct Row {
    id: Arc<str>,
    label: Label,
}

const COLUMNS: &[Column<Row>] = &[
    Column::new("product_id", Kind::Text, "The product.", |row| Cell::Text(&row.id)),
    Column::new("name", Kind::Text, "Its name, as the latest sale that changed it knew it.", |row| {
        Cell::Text(&row.label.name)
    }),
    Column::new("category", Kind::Text, "Its category.", |row| Cell::Text(&row.label.category)),
    Column::new("named_at", Kind::Time, "Time of the sale that called it so first.", |row| Cell::Time(row.label.at_ms)),
];

/// What products are called.
#[derive(Debug)]
pub(super) struct Products {
    about: About,
    schema: SchemaRef,
}

impl Products {
    pub(super) fn new() -> Self {
        let comment = "Products that were ever sold, with their names and categories.";
        let about = About::new("products", comment, COLUMNS, 1, &["product_id"]);
        Self { schema: about.schema(), about }
    }
}

impl Table for Products {
    fn about(&self) -> &About {
        &self.about
    }

    fn scan(&self, state: &State, wanted: &Wanted, sink: &mut dyn Sink) -> Result<(), SqlError> {
        let mut batches = Batches::new(&self.schema, COLUMNS, wanted, sink);
        let products = Keyed { store: PRODUCTS, value: nullable(json::<Label>()), column: "product_id" };
        products.visit(state, wanted, &mut batches, |id, label, batches| match label {
            Some(label) => batches.push(&Row { id, label }),
            None => ControlFlow::Continue(()),
        })?;
        batches.finish()
    }
}
