//! The columns of revenue, in total and broken down.

use tillstream_processors::revenue::{Figures, RevenueKey};

use crate::tables::column::{Cell, Column, Kind};

/// The figures of one window and key.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) start_ms: i64,
    pub(super) end_ms: i64,
    pub(super) key: RevenueKey,
    pub(super) figures: Figures,
    pub(super) is_final: bool,
}

const START: Column<Row> =
    Column::new("window_start", Kind::Time, "Start of the window.", |row| Cell::Time(row.start_ms));
const END: Column<Row> =
    Column::new("window_end", Kind::Time, "End of the window, exclusive.", |row| Cell::Time(row.end_ms));
const CURRENCY: Column<Row> = Column::new("currency", Kind::Text, "The currency of the amounts, ISO 4217.", |row| {
    Cell::Text(row.key.currency.as_str())
});
const GROSS: Column<Row> =
    Column::new("gross_revenue", Kind::Money, "Worth of the lines sold.", |row| Cell::Money(row.figures.gross));
const REFUNDS: Column<Row> =
    Column::new("refunds", Kind::Money, "Worth of what came back or was taken back, positive.", |row| {
        Cell::Money(row.figures.refunds)
    });
const REVENUE: Column<Row> =
    Column::optional("revenue", Kind::Money, "Gross revenue less refunds.", |row| Cell::money(row.figures.revenue()));
const UNITS: Column<Row> = Column::new("units", Kind::Integer, "Units sold.", |row| Cell::Integer(row.figures.units));
const FINAL: Column<Row> =
    Column::new("final", Kind::Flag, "Whether the figures will not change any more.", |row| Cell::Flag(row.is_final));
const REFUNDED_UNITS: Column<Row> =
    Column::new("refunded_units", Kind::Integer, "Units that came back or were taken back.", |row| {
        Cell::Integer(row.figures.refunded_units)
    });
const ORDERS: Column<Row> =
    Column::new("orders", Kind::Integer, "Confirmed orders, at the time they were placed.", |row| {
        Cell::Integer(row.figures.orders)
    });
const CANCELLATIONS: Column<Row> =
    Column::new("cancellations", Kind::Integer, "Orders cancelled, at the time they were.", |row| {
        Cell::Integer(row.figures.cancellations)
    });
const AVERAGE: Column<Row> =
    Column::optional("average_order_value", Kind::Money, "Gross revenue by order; null without orders.", |row| {
        Cell::money(row.figures.average_order_value())
    });

const fn part(name: &'static str, comment: &'static str) -> Column<Row> {
    Column::new(name, Kind::Text, comment, |row| Cell::Text(&row.key.value))
}

/// The columns of revenue by a part of it.
const fn by(part: Column<Row>) -> [Column<Row>; 11] {
    [START, END, CURRENCY, part, GROSS, REFUNDS, REVENUE, UNITS, FINAL, REFUNDED_UNITS, ORDERS]
}

pub(super) const TOTALS: &[Column<Row>] =
    &[START, END, CURRENCY, GROSS, REFUNDS, REVENUE, UNITS, FINAL, REFUNDED_UNITS, ORDERS, CANCELLATIONS, AVERAGE];
pub(super) const CATEGORIES: &[Column<Row>] = &by(part("category", "The category of the lines."));
pub(super) const PRODUCTS: &[Column<Row>] = &by(part("product_id", "The product."));
pub(super) const COUNTRIES: &[Column<Row>] =
    &by(part("country", "Where the orders go, ISO 3166-1; ZZ where that is not known."));
