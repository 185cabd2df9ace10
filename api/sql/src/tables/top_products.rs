//! `top_products`: best sellers of the last window.

use arrow::datatypes::SchemaRef;
use tillstream_processors::best_sellers::{RankBy, Ranked, RankingQuery};

use super::column::{Cell, Column, Kind};
use super::{About, Batches, Sink, State, Table, Wanted};
use crate::error::SqlError;

#[derive(Debug)]
struct Row {
    rank: i64,
    window: (i64, i64),
    product: Ranked,
}

const COLUMNS: &[Column<Row>] = &[
    Column::new("rank", Kind::Integer, "Place, from 1, by units.", |row| Cell::Integer(row.rank)),
    Column::new("product_id", Kind::Text, "The product.", |row| Cell::Text(&row.product.product_id)),
    Column::optional("name", Kind::Text, "Its name.", |row| {
        Cell::text(row.product.label.as_ref().map(|label| &*label.name))
    }),
    Column::optional("category", Kind::Text, "Its category.", |row| {
        Cell::text(row.product.label.as_ref().map(|label| &*label.category))
    }),
    Column::new("units", Kind::Integer, "Units sold.", |row| Cell::Integer(row.product.units)),
    Column::optional(
        "revenue",
        Kind::Money,
        "Gross revenue less refunds; null where sold in several currencies.",
        |row| Cell::money(row.product.revenue.map(|(amount, _)| amount)),
    ),
    Column::optional("currency", Kind::Text, "The currency of the revenue.", |row| match &row.product.revenue {
        Some((_, currency)) => Cell::Text(currency.as_str()),
        None => Cell::Null,
    }),
    Column::new("window_start", Kind::Time, "From when sales are counted.", |row| Cell::Time(row.window.0)),
    Column::new("as_of", Kind::Time, "Event time up to which they are.", |row| Cell::Time(row.window.1)),
];

/// Best sellers of the last window.
#[derive(Debug)]
pub(super) struct TopProducts {
    about: About,
    schema: SchemaRef,
}

impl TopProducts {
    pub(super) fn new() -> Self {
        let comment = "Best sellers of the last window (shop.top_products_window, 24 h by default), by units.";
        let mut about = About::new("top_products", comment, COLUMNS, 1, &[]);
        about.key = vec!["product_id".to_owned()];
        Self { schema: about.schema(), about }
    }
}

impl Table for TopProducts {
    fn about(&self) -> &About {
        &self.about
    }

    fn scan(&self, state: &State, wanted: &Wanted, sink: &mut dyn Sink) -> Result<(), SqlError> {
        let mut batches = Batches::new(&self.schema, COLUMNS, wanted, sink);
        let window_ms = state.answers.settings().top_window_ms;
        let query = RankingQuery { window_ms, by: RankBy::Units, currency: None };
        let top = state.answers.top_products(query, None, wanted.limit.unwrap_or(usize::MAX))?;
        let as_of = top.as_of.stream_time.max(0);
        let window = (as_of.saturating_sub(window_ms).max(0), as_of);
        for (product, rank) in top.products.into_iter().zip(1..) {
            if batches.push(&Row { rank, window, product }).is_break() {
                break;
            }
        }
        batches.finish()
    }
}
