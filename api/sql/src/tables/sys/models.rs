//! `sys_models`: the learned model that is served.

use std::sync::Arc;

use tillstream_models::learned::Card;

use crate::error::SqlError;
use crate::tables::column::{Cell, Column, Kind};
use crate::tables::listed::listed;
use crate::tables::{State, Table, Wanted};

#[derive(Debug)]
struct Row {
    name: &'static str,
    card: Card,
}

const COLUMNS: &[Column<Row>] = &[
    Column::new("name", Kind::Text, "als-recent, factors and what sells now, or als, factors alone.", |row| {
        Cell::Text(row.name)
    }),
    Column::new("version", Kind::Integer, "Counts up with every model that passes the gate.", |row| {
        Cell::count(row.card.version)
    }),
    Column::new("trained_at", Kind::Time, "When it was trained.", |row| Cell::Time(row.card.trained_at_ms)),
    Column::optional("as_of", Kind::Time, "Event time of the data it was trained on.", |row| {
        Cell::time((row.card.as_of_ms >= 0).then_some(row.card.as_of_ms))
    }),
    Column::new("customers", Kind::Integer, "Customers in that data.", |row| Cell::count(row.card.customers)),
    Column::new("pairs", Kind::Integer, "Customers with a product each, in that data.", |row| {
        Cell::count(row.card.pairs)
    }),
    Column::optional("ndcg", Kind::Number, "NDCG@20 on purchases kept out; null while there are too few.", |row| {
        row.card.ndcg.map_or(Cell::Null, Cell::Number)
    }),
    Column::new("recency_weight", Kind::Number, "Weight of what sells now; 0 where it did not help.", |row| {
        Cell::Number(f64::from(row.card.recency_weight))
    }),
];

/// The learned model that is served.
pub(super) fn table() -> Arc<dyn Table> {
    listed("sys_models", "The learned model that this instance serves; none before the first.", COLUMNS, 2, list)
}

fn list(state: &State, _: &Wanted) -> Result<Vec<Row>, SqlError> {
    let row =
        |model: Arc<tillstream_models::learned::LearnedModel>| Row { name: model.name(), card: model.card().clone() };
    Ok(state.recommendations.model().map(row).into_iter().collect())
}
