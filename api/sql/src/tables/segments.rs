//! `segments`: the kinds of customers there are.

use arrow::datatypes::SchemaRef;
use tillstream_models::events::{Currency, Money};
use tillstream_processors::customers::SegmentFigures;

use super::column::{Cell, Column, Kind};
use super::{About, Batches, Sink, State, Table, Wanted};
use crate::error::SqlError;

#[derive(Debug)]
struct Row {
    figures: SegmentFigures,
    currency: Currency,
    spent: Money,
    typical: Option<Money>,
}

const COLUMNS: &[Column<Row>] = &[
    Column::new("name", Kind::Text, "champions, loyal, new, occasional, at risk or lost.", |row| {
        Cell::Text(&row.figures.name)
    }),
    Column::new("currency", Kind::Text, "The currency of the amounts.", |row| Cell::Text(row.currency.as_str())),
    Column::new("customers", Kind::Integer, "Customers in it now, whatever they paid in.", |row| {
        Cell::count(row.figures.customers)
    }),
    Column::new("share", Kind::Number, "Their part of all customers.", |row| Cell::Number(row.figures.share)),
    Column::new("orders", Kind::Integer, "Their orders, all time.", |row| Cell::count(row.figures.orders)),
    Column::new("spent", Kind::Money, "What they spent in the currency: gross revenue less refunds.", |row| {
        Cell::Money(row.spent)
    }),
    Column::new("typical_recency_days", Kind::Number, "Days since the last purchase that are typical.", |row| {
        Cell::Number(row.figures.typical_recency_days)
    }),
    Column::new("typical_orders", Kind::Number, "Orders that are typical.", |row| {
        Cell::Number(row.figures.typical_orders)
    }),
    Column::optional("typical_spent", Kind::Money, "What a customer typically spent.", |row| Cell::money(row.typical)),
];

/// The kinds of customers there are.
#[derive(Debug)]
pub(super) struct Segments {
    about: About,
    schema: SchemaRef,
}

impl Segments {
    pub(super) fn new() -> Self {
        let comment =
            "The kinds of customers there are, by currency; none before there are customers enough to tell them apart.";
        let about = About::new("segments", comment, COLUMNS, 2, &[]);
        Self { schema: about.schema(), about }
    }
}

impl Table for Segments {
    fn about(&self) -> &About {
        &self.about
    }

    fn scan(&self, state: &State, wanted: &Wanted, sink: &mut dyn Sink) -> Result<(), SqlError> {
        let mut batches = Batches::new(&self.schema, COLUMNS, wanted, sink);
        let all = state.answers.segmentation()?;
        for figures in all.iter().flat_map(|all| &all.segments) {
            for (currency, spent) in &figures.spent {
                let typical = figures.typical_spent.get(currency).copied();
                let row = Row { figures: figures.clone(), currency: *currency, spent: *spent, typical };
                if batches.push(&row).is_break() {
                    return batches.finish();
                }
            }
        }
        batches.finish()
    }
}
