//! Reading stock.

use std::sync::Arc;

use tillstream_stores::{arc_str, json};

use super::STOCK;
use super::level::Stock;
use crate::read::{Answers, ReadError, page, rows};

/// Products with their stock, by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StockPage {
    /// Product ids and rows.
    pub products: Vec<(Arc<str>, Stock)>,
    /// The product to go on behind; `None` at the end. A page may hold fewer products than asked for, even none, and still
    /// have a next one.
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
        let fits = |stock: &Stock| below.is_none_or(|below| stock.level < below);
        let page = page(self.query(), STOCK, &json(), after, limit, fits)?;
        Ok(StockPage { products: page.rows, after: page.after })
    }
}
