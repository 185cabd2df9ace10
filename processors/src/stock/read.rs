//! Reading stock.

use std::sync::Arc;

use tillstream_stores::{arc_str, json};

use super::STOCK;
use super::level::Stock;
use crate::read::{Answers, ReadError, rows};

/// Products with their stock, by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StockPage {
    /// Product ids and rows.
    pub products: Vec<(Arc<str>, Stock)>,
    /// The product to go on behind; `None` at the end.
    pub after: Option<Arc<str>>,
}

impl Answers {
    /// The stock of a product; `None` when nothing was ever said about it.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`], [`ReadError::Store`].
    pub fn stock(&self, product_id: &str) -> Result<Option<Stock>, ReadError> {
        let task = rows::holder_of(self.query(), STOCK, product_id)?;
        let row = rows::key_values(&task, STOCK, arc_str(), json(), |view| view.get(&product_id.into()))?;
        Ok(row.map(|row| row.value))
    }

    /// At most `limit` products behind `after`, by id; with `below` only those whose level is less.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`], [`ReadError::Store`].
    pub fn stock_levels(&self, below: Option<i64>, after: Option<&str>, limit: usize) -> Result<StockPage, ReadError> {
        let from: Option<Arc<str>> = after.map(|after| format!("{after}\0").into());
        let mut products: Vec<(Arc<str>, Stock)> = Vec::new();
        for task in rows::holders(self.query(), STOCK)? {
            let listed = rows::key_values(&task, STOCK, arc_str(), json::<Stock>(), |view| {
                view.range(from.as_ref(), None, usize::MAX)
            })?;
            let rows = listed.into_iter().map(|(product, row)| (product, row.value));
            products.extend(rows.filter(|(_, stock)| below.is_none_or(|below| stock.level < below)));
        }
        products.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let more = products.len() > limit;
        products.truncate(limit);
        let after = if more { products.last().map(|(product, _)| Arc::clone(product)) } else { None };
        Ok(StockPage { products, after })
    }
}
