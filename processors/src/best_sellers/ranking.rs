//! Rankings over sliding panes of an hour.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use tillstream_models::events::{Currency, Money};

use super::labels::Label;
use crate::read::{Answers, ReadError, stamp};
use crate::revenue::{Dimension, Figures, Granularity};

const HOUR_MS: i64 = 3_600_000;

/// What products are ranked by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RankBy {
    /// Units sold.
    Units,
    /// Gross revenue less refunds.
    Revenue,
}

/// Which ranking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RankingQuery {
    /// Length of the window that ends now, ms; whole hours.
    pub window_ms: i64,
    /// By what.
    pub by: RankBy,
    /// Sales in this currency. Without it units are counted over all currencies, and revenue is that of the currency in
    /// which most units were sold: amounts of several cannot be ranked.
    pub currency: Option<Currency>,
}

/// A product in a ranking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranked {
    /// The product.
    pub product_id: Arc<str>,
    /// What it is called; `None` when only returns of it are known.
    pub label: Option<Label>,
    /// Units sold.
    pub units: i64,
    /// Revenue, where the ranking is of one currency.
    pub revenue: Option<(Money, Currency)>,
}

impl Answers {
    /// At most `limit` products, best first, of one category if it is given. Kept until the state moves on, so that asking
    /// often costs nothing.
    ///
    /// # Errors
    /// [`ReadError::Invalid`] for a window that is none, [`ReadError::TooMany`], [`ReadError::Unavailable`],
    /// [`ReadError::Store`].
    pub fn top_products(
        &self,
        query: RankingQuery,
        category: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Ranked>, ReadError> {
        if query.window_ms < HOUR_MS {
            return Err(ReadError::invalid("window", "at least 1h"));
        }
        let ranking = self.caches().rankings.get(query, stamp(self.query()), || self.rank(query))?;
        let of_category = |ranked: &&Ranked| {
            category.is_none_or(|wanted| ranked.label.as_ref().is_some_and(|label| &*label.category == wanted))
        };
        Ok(ranking.iter().filter(of_category).take(limit).cloned().collect())
    }

    fn rank(&self, query: RankingQuery) -> Result<Vec<Ranked>, ReadError> {
        let now = self.as_of().max(0);
        let (_, end) = Granularity::Hour.window(now);
        let from = end.saturating_sub(query.window_ms);
        let rows = self.figures(Granularity::Hour, Dimension::Product, from, end, query.currency)?;
        let mut sums: BTreeMap<(Currency, Arc<str>), Figures> = BTreeMap::new();
        for row in rows {
            let sum = sums.entry((row.key.currency, row.key.value)).or_default();
            *sum = sum.checked_add(row.figures).ok_or(ReadError::Overflow { what: "the sales of a product" })?;
        }
        let currency = leading_currency(&sums);
        let mut ranked = match query.by {
            RankBy::Units => by_units(sums)?,
            RankBy::Revenue => by_revenue(sums, currency)?,
        };
        for product in &mut ranked {
            product.label = self.label(&product.product_id)?;
        }
        Ok(ranked)
    }
}

/// The currency in which most units were sold; the first of several.
fn leading_currency(sums: &BTreeMap<(Currency, Arc<str>), Figures>) -> Option<Currency> {
    let mut units: BTreeMap<Currency, i64> = BTreeMap::new();
    for ((currency, _), figures) in sums {
        let sum = units.entry(*currency).or_default();
        *sum = sum.saturating_add(figures.units);
    }
    units.into_iter().max_by_key(|(currency, units)| (*units, Reverse(*currency))).map(|(currency, _)| currency)
}

fn by_units(sums: BTreeMap<(Currency, Arc<str>), Figures>) -> Result<Vec<Ranked>, ReadError> {
    let mut products: BTreeMap<Arc<str>, Ranked> = BTreeMap::new();
    for ((currency, product_id), figures) in sums {
        let revenue = Some((revenue(figures)?, currency));
        match products.entry(Arc::clone(&product_id)) {
            Entry::Vacant(entry) => {
                entry.insert(Ranked { product_id, label: None, units: figures.units, revenue });
            }
            // A second currency: there is no one revenue any more.
            Entry::Occupied(mut entry) => {
                let units = entry.get().units.checked_add(figures.units);
                let units = units.ok_or(ReadError::Overflow { what: "the units of a product" })?;
                entry.insert(Ranked { product_id, label: None, units, revenue: None });
            }
        }
    }
    let mut ranked: Vec<Ranked> = products.into_values().filter(|product| product.units > 0).collect();
    // In the order of their ids before, and the sort is stable: so are equals.
    ranked.sort_by_key(|product| Reverse(product.units));
    Ok(ranked)
}

fn by_revenue(
    sums: BTreeMap<(Currency, Arc<str>), Figures>,
    leading: Option<Currency>,
) -> Result<Vec<Ranked>, ReadError> {
    let mut ranked = Vec::new();
    for ((currency, product_id), figures) in sums {
        let revenue = revenue(figures)?;
        if Some(currency) == leading && revenue > Money::ZERO {
            ranked.push((
                revenue,
                Ranked { product_id, label: None, units: figures.units, revenue: Some((revenue, currency)) },
            ));
        }
    }
    ranked.sort_by_key(|(revenue, _)| Reverse(*revenue));
    Ok(ranked.into_iter().map(|(_, product)| product).collect())
}

fn revenue(figures: Figures) -> Result<Money, ReadError> {
    figures.revenue().ok_or(ReadError::Overflow { what: "the revenue of a product" })
}
