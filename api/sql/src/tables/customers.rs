//! `customers`: when, how often and for how much each customer bought.

use arrow::datatypes::SchemaRef;
use tillstream_models::events::{Currency, Money};
use tillstream_processors::customers::{CUSTOMERS, CustomerProfile, Spent, customer_value_serde};

use super::column::{Cell, Column, Kind};
use super::keyed::Keyed;
use super::{About, Batches, Sink, State, Table, Wanted};
use crate::error::SqlError;

/// What was spent, of those who paid in one currency only: amounts in different ones are not added.
fn spent(row: &CustomerProfile) -> Option<(&Currency, &Spent)> {
    let mut all = row.value.spent.iter();
    all.next().filter(|_| all.next().is_none())
}

fn money(row: &CustomerProfile, amount: impl FnOnce(&Spent) -> Option<Money>) -> Cell<'_> {
    Cell::money(spent(row).and_then(|(_, spent)| amount(spent)))
}

const COLUMNS: &[Column<CustomerProfile>] = &[
    Column::new("user_id", Kind::Text, "The customer.", |row| Cell::Text(&row.user_id)),
    Column::optional("first_seen", Kind::Time, "Her first purchase or return.", |row| Cell::time(row.value.first_ms)),
    Column::optional("last_purchase", Kind::Time, "Her last confirmed purchase that was not cancelled.", |row| {
        Cell::time(row.value.last_purchase_ms())
    }),
    Column::new("orders", Kind::Integer, "Confirmed orders that were not cancelled.", |row| {
        Cell::count(row.value.orders)
    }),
    Column::new("returns", Kind::Integer, "Times something came back.", |row| Cell::count(row.value.returns)),
    Column::optional(
        "gross_revenue",
        Kind::Money,
        "Worth of the lines sold; null if paid in several currencies.",
        |row| money(row, |spent| Some(spent.gross)),
    ),
    Column::optional("refunds", Kind::Money, "Worth of the lines that came back or were taken back.", |row| {
        money(row, |spent| Some(spent.refunds))
    }),
    Column::optional("spent", Kind::Money, "Gross revenue less refunds.", |row| money(row, |spent| spent.net())),
    Column::optional("currency", Kind::Text, "The currency of the amounts.", |row| {
        Cell::text(spent(row).map(|(currency, _)| currency.as_str()))
    }),
    Column::optional("segment", Kind::Text, "Her segment; null before there are any.", |row| {
        Cell::text(row.segment.as_deref())
    }),
    Column::optional("expected_gap_days", Kind::Number, "Days after which she was expected back.", |row| {
        row.churn.map_or(Cell::Null, |churn| Cell::Number(churn.expected_gap_days))
    }),
    Column::optional("churn_risk", Kind::Number, "Chance that she would be back by now if she still came.", |row| {
        row.churn.map_or(Cell::Null, |churn| Cell::Number(churn.risk))
    }),
];

/// When, how often and for how much each customer bought.
#[derive(Debug)]
pub(super) struct Customers {
    about: About,
    schema: SchemaRef,
}

impl Customers {
    pub(super) fn new() -> Self {
        let comment = "When, how often and for how much each customer bought.";
        let about = About::new("customers", comment, COLUMNS, 1, &["user_id"]);
        Self { schema: about.schema(), about }
    }
}

impl Table for Customers {
    fn about(&self) -> &About {
        &self.about
    }

    fn scan(&self, state: &State, wanted: &Wanted, sink: &mut dyn Sink) -> Result<(), SqlError> {
        let mut batches = Batches::new(&self.schema, COLUMNS, wanted, sink);
        let judge = state.answers.customer_judge();
        let customers = Keyed { store: CUSTOMERS, value: customer_value_serde(), column: "user_id" };
        customers.visit(state, wanted, &mut batches, |id, value, batches| batches.push(&judge.profile(id, value)))?;
        batches.finish()
    }
}
