//! `co_purchases`: products bought together.

use arrow::datatypes::SchemaRef;
use tillstream_processors::co_purchase::{CO_PURCHASES, ProductPair};

use super::column::{Cell, Column, Kind};
use super::{About, Batches, Sink, State, Table, Wanted};
use crate::error::SqlError;

const COLUMNS: &[Column<ProductPair>] = &[
    Column::new("product_a", Kind::Text, "The product whose id comes first.", |pair| Cell::Text(&pair.product_a)),
    Column::new("product_b", Kind::Text, "The other product.", |pair| Cell::Text(&pair.product_b)),
    Column::new("baskets", Kind::Integer, "Baskets both were in.", |pair| Cell::Integer(pair.baskets)),
    Column::new(
        "score",
        Kind::Number,
        "Cosine: baskets shared, by the root of the product of both products' baskets; 0 to 1.",
        |pair| Cell::Number(pair.score),
    ),
];

/// Products bought together.
#[derive(Debug)]
pub(super) struct CoPurchases {
    about: About,
    schema: SchemaRef,
}

impl CoPurchases {
    pub(super) fn new() -> Self {
        let comment = "Products bought together: one row a pair, product_a before product_b.";
        let about = About::new("co_purchases", comment, COLUMNS, 2, &["product_a", "product_b"]).in_parts(2);
        Self { schema: about.schema(), about }
    }
}

impl Table for CoPurchases {
    fn about(&self) -> &About {
        &self.about
    }

    fn scan(&self, state: &State, wanted: &Wanted, sink: &mut dyn Sink) -> Result<(), SqlError> {
        let mut batches = Batches::new(&self.schema, COLUMNS, wanted, sink);
        // A pair lies with both of its products: either finds it.
        let firsts = wanted.texts("product_a").map(|products| (products, true));
        let known = firsts.or_else(|| wanted.texts("product_b").map(|products| (products, false)));
        if let Some((products, first)) = known {
            for (_, product) in products.into_iter().enumerate().filter(|(place, _)| wanted.is_mine(*place)) {
                let pairs = state.answers.pairs_of(product)?;
                let mine =
                    |pair: &&ProductPair| if first { *pair.product_a == *product } else { *pair.product_b == *product };
                if pairs.iter().filter(mine).try_for_each(|pair| batches.push(pair)).is_break() {
                    break;
                }
            }
            return batches.finish();
        }
        let tasks = state.tasks_of(CO_PURCHASES)?;
        for (_, task) in tasks.iter().enumerate().filter(|(place, _)| wanted.is_mine(*place)) {
            let hold_back = task.reader.snapshot(|snapshot| snapshot.holds_commits())?;
            batches.begin(&task.reader, hold_back);
            state.answers.visit_pairs(task, |pair| batches.push(&pair))?;
            if task.reader.is_closing() {
                return Err(tillstream_stores::Error::Closed.into());
            }
            if batches.end().is_break() {
                break;
            }
        }
        batches.finish()
    }
}
