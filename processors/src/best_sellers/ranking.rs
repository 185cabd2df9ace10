//! Rankings over sliding panes of an hour.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Arc, OnceLock};

use tillstream_models::events::{Currency, Money};

use super::labels::Label;
use crate::read::{Answers, AsOf, ReadError, stamp};
use crate::revenue::{Dimension, Figures, Granularity, WindowFigures};

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

/// The best of a ranking.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TopProducts {
    /// Best first.
    pub products: Vec<Ranked>,
    /// What the ranking corresponds to.
    pub as_of: AsOf,
}

/// All products of a window, best first, kept for whoever asks next.
#[derive(Debug)]
pub(crate) struct Ranking {
    places: Vec<Place>,
    as_of: AsOf,
}

/// A product in its place. Its label is looked up when it is first shown: few ask for more than the first ten.
#[derive(Debug)]
struct Place {
    product: Ranked,
    label: OnceLock<Option<Label>>,
}

impl Answers {
    /// At most `limit` products, best first, of one category if it is given. The ranking behind it is kept: while the state
    /// moves on it may be a quarter of a second old, and says so.
    ///
    /// # Errors
    /// [`ReadError::Invalid`] for a window that is none, [`ReadError::TooMany`], [`ReadError::Unavailable`],
    /// [`ReadError::Store`].
    pub fn top_products(
        &self,
        query: RankingQuery,
        category: Option<&str>,
        limit: usize,
    ) -> Result<TopProducts, ReadError> {
        if query.window_ms < HOUR_MS {
            return Err(ReadError::invalid("window", "at least 1h"));
        }
        let ranking = self.caches().rankings.get(&query, stamp(self.query()), || self.rank(query))?;
        let mut top = TopProducts { products: Vec::new(), as_of: ranking.as_of.clone() };
        for place in &ranking.places {
            if top.products.len() >= limit {
                break;
            }
            let label = self.label_of(place)?;
            if category.is_none_or(|wanted| label.is_some_and(|label| &*label.category == wanted)) {
                top.products.push(Ranked { label: label.cloned(), ..place.product.clone() });
            }
        }
        Ok(top)
    }

    fn label_of<'a>(&self, place: &'a Place) -> Result<Option<&'a Label>, ReadError> {
        if place.label.get().is_none() {
            let label = self.label(&place.product.product_id)?;
            return Ok(place.label.get_or_init(|| label).as_ref());
        }
        Ok(place.label.get().and_then(Option::as_ref))
    }

    fn rank(&self, query: RankingQuery) -> Result<Ranking, ReadError> {
        let as_of = self.now();
        let (_, end) = Granularity::Hour.window(as_of.stream_time.max(0));
        let from = end.saturating_sub(query.window_ms).max(0);
        let mut sums: BTreeMap<(Currency, Arc<str>), Figures> = BTreeMap::new();
        for row in self.panes(from, end, query.currency)? {
            let sum = sums.entry((row.key.currency, row.key.value)).or_default();
            *sum = sum.checked_add(row.figures).ok_or(ReadError::Overflow { what: "the sales of a product" })?;
        }
        let currency = leading_currency(&sums);
        let ranked = match query.by {
            RankBy::Units => by_units(sums)?,
            RankBy::Revenue => by_revenue(sums, currency)?,
        };
        let places = ranked.into_iter().map(|product| Place { product, label: OnceLock::new() }).collect();
        Ok(Ranking { places, as_of })
    }

    /// The figures of each product in `[from, end)`, whole hours both: days where there are whole days, which are a
    /// twenty-fourth of the rows, and hours at the ends.
    fn panes(&self, from: i64, end: i64, currency: Option<Currency>) -> Result<Vec<WindowFigures>, ReadError> {
        let read = |granularity, from, to| self.figures(granularity, Dimension::Product, from, to, currency);
        let first_day = Granularity::Day.window(from.saturating_sub(1)).1;
        let last_day = Granularity::Day.window(end).0;
        if first_day >= last_day {
            return read(Granularity::Hour, from, end);
        }
        let mut rows = read(Granularity::Hour, from, first_day)?;
        rows.extend(read(Granularity::Day, first_day, last_day)?);
        rows.extend(read(Granularity::Hour, last_day, end)?);
        Ok(rows)
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
