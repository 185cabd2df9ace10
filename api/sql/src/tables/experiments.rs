//! `experiments`: what came of the experiment that is on.

use std::sync::Arc;

use tillstream_processors::experiments::{Lift, VariantReport};

use super::column::{Cell, Column, Kind};
use super::listed::listed;
use super::{State, Table, Wanted};
use crate::error::SqlError;

#[derive(Debug)]
struct Row {
    experiment: String,
    is_control: bool,
    report: VariantReport,
}

fn number(lift: Option<Lift>, part: fn(Lift) -> f64) -> Cell<'static> {
    lift.map_or(Cell::Null, |lift| Cell::Number(part(lift)))
}

const COLUMNS: &[Column<Row>] = &[
    Column::new("experiment", Kind::Text, "The experiment.", |row| Cell::Text(&row.experiment)),
    Column::new("variant", Kind::Text, "The variant.", |row| Cell::Text(&row.report.name)),
    Column::new("control", Kind::Flag, "Whether others are held against it.", |row| Cell::Flag(row.is_control)),
    Column::new("customers", Kind::Integer, "Customers who were shown a list.", |row| {
        Cell::count(row.report.customers)
    }),
    Column::new("clicked", Kind::Integer, "Those who followed a recommendation afterwards.", |row| {
        Cell::count(row.report.clicked.some)
    }),
    Column::new("bought", Kind::Integer, "Those who afterwards bought, and kept, what they had been shown.", |row| {
        Cell::count(row.report.bought.some)
    }),
    Column::optional(
        "click_lift",
        Kind::Number,
        "How much more follow one than of the control; 0.1 is a tenth.",
        |row| number(row.report.click_lift, |lift| lift.relative),
    ),
    Column::optional("click_lift_low", Kind::Number, "The least that may be, with 95 % confidence.", |row| {
        number(row.report.click_lift, |lift| lift.low)
    }),
    Column::optional("click_lift_high", Kind::Number, "The most that may be.", |row| {
        number(row.report.click_lift, |lift| lift.high)
    }),
    Column::optional("purchase_lift", Kind::Number, "How much more buy than of the control.", |row| {
        number(row.report.purchase_lift, |lift| lift.relative)
    }),
    Column::optional("purchase_lift_low", Kind::Number, "The least that may be, with 95 % confidence.", |row| {
        number(row.report.purchase_lift, |lift| lift.low)
    }),
    Column::optional("purchase_lift_high", Kind::Number, "The most that may be.", |row| {
        number(row.report.purchase_lift, |lift| lift.high)
    }),
];

/// What came of the experiment that is on.
pub(super) fn table() -> Arc<dyn Table> {
    let comment = "What came of the experiment that is on (recommendations.experiment): one row a variant.";
    listed("experiments", comment, COLUMNS, 2, list)
}

fn list(state: &State, _: &Wanted) -> Result<Vec<Row>, SqlError> {
    let Some(experiment) = &state.recommendations.settings().experiment else { return Ok(Vec::new()) };
    let report = state.answers.experiment(experiment)?;
    let row = |variant: VariantReport| Row {
        experiment: report.name.clone(),
        is_control: variant.name == report.control,
        report: variant,
    };
    Ok(report.variants.into_iter().map(row).collect())
}
