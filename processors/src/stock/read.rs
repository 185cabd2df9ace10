//! Reading stock.

use std::sync::Arc;

use tillstream_stores::{arc_str, json};

use super::level::Stock;
use super::{Forecast, STOCK};
use crate::days::days;
use crate::read::{Answers, ReadError, page, rows, stamp};

/// Products with their stock, by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StockPage {
    /// Product ids and rows.
    pub products: Vec<(Arc<str>, Stock)>,
    /// The product to go on behind; `None` at the end. A page may hold fewer products than asked for, even none, and still
    /// have a next one.
    pub after: Option<Arc<str>>,
}

/// A product that will be out.
#[derive(Clone, Debug, PartialEq)]
pub struct StockOut {
    /// The product.
    pub product_id: Arc<str>,
    /// Its stock.
    pub stock: Stock,
    /// When.
    pub forecast: Forecast,
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

    /// When a product will be out, as of now; `None` when that cannot be told.
    #[must_use]
    pub fn stock_forecast(&self, stock: &Stock) -> Option<Forecast> {
        stock.forecast(self.as_of(), self.settings().demand_half_life_ms)
    }

    /// At most `limit` products that will be out within `within_ms`, those that are out first before others.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`], [`ReadError::Store`].
    pub fn stock_outs(&self, within_ms: i64, limit: usize) -> Result<Vec<StockOut>, ReadError> {
        let all = self.caches().stock_outs.get(&(), stamp(self.query()), || self.all_stock_outs())?;
        let within = days(within_ms);
        Ok(all.iter().take_while(|out| out.forecast.days_left <= within).take(limit).cloned().collect())
    }

    fn all_stock_outs(&self) -> Result<Vec<StockOut>, ReadError> {
        let mut all = Vec::new();
        for task in rows::holders(self.query(), STOCK)? {
            rows::for_each(&task, STOCK, &json::<Stock>(), |product_id, stock| {
                let forecast = self.stock_forecast(&stock);
                all.extend(forecast.map(|forecast| StockOut { product_id, stock, forecast }));
            })?;
        }
        all.sort_unstable_by(|a, b| {
            let days = a.forecast.days_left.total_cmp(&b.forecast.days_left);
            days.then_with(|| a.product_id.cmp(&b.product_id))
        });
        Ok(all)
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
