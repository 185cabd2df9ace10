//! `orders`: what became of each order.

use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use tillstream_models::events::LegState;
use tillstream_processors::Order;
use tillstream_processors::order_saga::{Details, ORDERS};
use tillstream_stores::json;

use super::column::{Cell, Column, Kind};
use super::keyed::Keyed;
use super::{About, Batches, Sink, State, Table, Wanted};
use crate::error::SqlError;

/// Tasks are read side by side in so many parts.
const PARTS: usize = 2;

/// An order with its id.
#[derive(Debug)]
pub(super) struct OrderRow {
    pub(super) id: Arc<str>,
    pub(super) order: Order,
}

fn details(row: &OrderRow) -> Option<&Details> {
    row.order.details.as_ref()
}

fn leg(state: LegState) -> Cell<'static> {
    Cell::Text(match state {
        LegState::Pending => "pending",
        LegState::Succeeded => "succeeded",
        LegState::Failed => "failed",
    })
}

const COLUMNS: &[Column<OrderRow>] = &[
    Column::new("order_id", Kind::Text, "The order.", |row| Cell::Text(&row.id)),
    Column::optional("user_id", Kind::Text, "Who ordered; null while only legs of the order are known.", |row| {
        Cell::text(details(row).map(|details| &*details.user_id))
    }),
    Column::new(
        "status",
        Kind::Text,
        "awaitingOrder, placed, confirmed, cancelled, shipped, delivered, returned, orphaned or returnOnly.",
        |row| Cell::Text(row.order.status().as_str()),
    ),
    Column::optional("total", Kind::Money, "What is to be paid.", |row| {
        Cell::money(details(row).map(|details| details.total))
    }),
    Column::optional("currency", Kind::Text, "The currency of all amounts, ISO 4217.", |row| {
        Cell::text(details(row).map(|details| details.currency.as_str()))
    }),
    Column::optional("placed_at", Kind::Time, "When it was ordered.", |row| {
        Cell::time(details(row).map(|details| details.placed_at_ms))
    }),
    Column::optional("country", Kind::Text, "Where it goes, ISO 3166-1; null where that is not known.", |row| {
        Cell::text(details(row).and_then(|details| details.country.as_ref()).map(|country| country.as_str()))
    }),
    Column::optional("lines", Kind::Integer, "Lines of the order; order_items has them one a row.", |row| {
        Cell::integer(details(row).map(|details| details.items.len() as i64))
    }),
    Column::optional("units", Kind::Integer, "Units of all lines.", |row| {
        Cell::integer(details(row).map(|details| details.items.iter().map(|line| i64::from(line.quantity)).sum()))
    }),
    Column::new("inventory", Kind::Text, "How far the reservation is: pending, succeeded or failed.", |row| {
        leg(row.order.saga.inventory)
    }),
    Column::optional("inventory_at", Kind::Time, "When the reservation was decided.", |row| {
        Cell::time(row.order.inventory.at_ms)
    }),
    Column::optional("released_at", Kind::Time, "When the reservation was given back.", |row| {
        Cell::time(row.order.inventory.released_at_ms)
    }),
    Column::new("payment", Kind::Text, "How far the payment is: pending, succeeded or failed.", |row| {
        leg(row.order.saga.payment)
    }),
    Column::optional("payment_at", Kind::Time, "When the payment was decided.", |row| {
        Cell::time(row.order.payment.at_ms)
    }),
    Column::optional("payment_id", Kind::Text, "The payment service's number.", |row| {
        Cell::text(row.order.payment.payment_id.as_deref())
    }),
    Column::optional("paid", Kind::Money, "What was paid.", |row| {
        Cell::money(row.order.payment.paid.map(|(amount, _)| amount))
    }),
    Column::new("refunded", Kind::Money, "What went back.", |row| Cell::Money(row.order.payment.refunded)),
    Column::optional("refunded_at", Kind::Time, "When the last of it went back.", |row| {
        Cell::time(row.order.payment.refunded_at_ms)
    }),
    Column::optional("reason", Kind::Text, "Why it was cancelled.", |row| Cell::text(row.order.reason.as_deref())),
    Column::new("compensations", Kind::Integer, "Things other services were asked to undo.", |row| {
        Cell::Integer(row.order.compensations.len() as i64)
    }),
    Column::new("updated_at", Kind::Time, "Time of the last event that changed it.", |row| {
        Cell::Time(row.order.updated_at_ms)
    }),
];

/// What became of each order.
#[derive(Debug)]
pub(super) struct Orders {
    about: About,
    schema: SchemaRef,
}

impl Orders {
    pub(super) fn new() -> Self {
        let comment = "What became of each order: one row an order, with its legs.";
        let about = About::new("orders", comment, COLUMNS, 1, &["order_id"]).in_parts(PARTS);
        Self { schema: about.schema(), about }
    }
}

impl Table for Orders {
    fn about(&self) -> &About {
        &self.about
    }

    fn scan(&self, state: &State, wanted: &Wanted, sink: &mut dyn Sink) -> Result<(), SqlError> {
        let mut batches = Batches::new(&self.schema, COLUMNS, wanted, sink);
        visit(state, wanted, &mut batches, |row, batches| batches.push(&row))?;
        batches.finish()
    }
}

/// Shows `visit` the orders that are wanted.
pub(super) fn visit<R: ?Sized>(
    state: &State,
    wanted: &Wanted,
    batches: &mut Batches<'_, R>,
    mut visit: impl FnMut(OrderRow, &mut Batches<'_, R>) -> ControlFlow<()>,
) -> Result<(), SqlError> {
    let orders = Keyed { store: ORDERS, value: json::<Order>(), column: "order_id" };
    orders.visit(state, wanted, batches, |id, order, batches| visit(OrderRow { id, order }, batches))
}
