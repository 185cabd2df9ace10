//! Reading what is bought together.

use std::cmp::Ordering;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use tillstream_runtime::query::TaskView;
use tillstream_stores::{arc_str, i64_be};

use super::basket::upper_cased;
use super::partners::{LAST_RUN, Partners, RunKey, partners_serde, run_key_serde};
use super::{CO_PURCHASES, PRODUCT_BASKETS};
use crate::order_saga::counters::BASKETS;
use crate::read::{Answers, ReadError, rows, stamp};

/// Rows read at a time where everything is read.
const CHUNK: usize = 256;

/// A product that is bought together with another.
#[derive(Clone, Debug, PartialEq)]
pub struct Companion {
    /// The product.
    pub product_id: Arc<str>,
    /// Cosine: baskets shared, by the root of the product of both products' baskets; 0 to 1.
    pub score: f64,
    /// Baskets shared.
    pub count: i64,
}

/// Two products that were bought together, `a` before `b`.
#[derive(Clone, Debug, PartialEq)]
pub struct ProductPair {
    /// The product whose id comes first.
    pub product_a: Arc<str>,
    /// The other product.
    pub product_b: Arc<str>,
    /// Baskets shared.
    pub baskets: i64,
    /// Cosine, as in [`Companion`].
    pub score: f64,
}

/// Some pairs, all of the products they begin with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PairPage {
    /// By `product_a`, then `product_b`.
    pub pairs: Vec<ProductPair>,
    /// The product to go on behind; `None` at the end.
    pub after: Option<Arc<str>>,
}

/// All co-purchases in three numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CoPurchaseTotals {
    /// Pairs that were bought together at least once, each counted once.
    pub distinct_pairs: u64,
    /// Their baskets added up.
    pub pair_count_sum: u64,
    /// Baskets.
    pub baskets: u64,
}

impl Answers {
    /// At most `limit` products bought together with `product_id`, by score, then count, then id.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`], [`ReadError::Store`].
    pub fn bought_together(&self, product_id: &str, limit: usize) -> Result<Vec<Companion>, ReadError> {
        let product = upper_cased(&product_id.into());
        let task = rows::holder_of(self.query(), CO_PURCHASES, &product)?;
        let runs = rows::key_values(&task, CO_PURCHASES, run_key_serde(), partners_serde(), |view| {
            let key = |run| RunKey { product: Arc::clone(&product), run };
            (0..=LAST_RUN).map(|run| view.get(&key(run))).collect::<Result<Vec<_>, _>>()
        })?;
        let partners = runs.into_iter().flatten().try_fold(Partners::default(), |sum, run| merge(sum, run.value))?;
        let baskets = self.product_baskets()?;
        let mut companions: Vec<Companion> = partners
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(id, count)| Companion { product_id: Arc::clone(id), score: cosine(&baskets, &product, id, count), count })
            .collect();
        companions.sort_unstable_by(best_first);
        companions.truncate(limit);
        Ok(companions)
    }

    /// All pairs of the next products behind `after`, by product: at least `pairs_min` unless the end is reached.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`], [`ReadError::Store`].
    pub fn pairs(&self, after: Option<&str>, pairs_min: usize) -> Result<PairPage, ReadError> {
        let baskets = self.product_baskets()?;
        let mut products: Vec<&Arc<str>> =
            baskets.keys().filter(|product| after.is_none_or(|after| &***product > after)).collect();
        products.sort_unstable();
        let mut page = PairPage::default();
        for product in products {
            let task = rows::holder_of(self.query(), CO_PURCHASES, product)?;
            let partners = partners_of(&task, product)?;
            let later = partners.iter().filter(|(other, count)| *other > product && *count > 0);
            page.pairs.extend(later.map(|(other, count)| ProductPair {
                product_a: Arc::clone(product),
                product_b: Arc::clone(other),
                baskets: count,
                score: cosine(&baskets, product, other, count),
            }));
            if page.pairs.len() >= pairs_min {
                page.after = Some(Arc::clone(product));
                break;
            }
        }
        Ok(page)
    }

    /// All co-purchases in three numbers. Kept until the state moves on.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`], [`ReadError::Store`].
    pub fn co_purchase_totals(&self) -> Result<CoPurchaseTotals, ReadError> {
        let totals = self.caches().co_purchase_totals.get((), stamp(self.query()), || {
            let mut totals = CoPurchaseTotals { baskets: self.saga_counter(BASKETS)?, ..CoPurchaseTotals::default() };
            for task in rows::holders(self.query(), CO_PURCHASES)? {
                add_task(&task, &mut totals)?;
            }
            Ok::<_, ReadError>(totals)
        })?;
        Ok(*totals)
    }

    /// Baskets of each product: small enough to be at hand whole, and asked for by every score.
    fn product_baskets(&self) -> Result<Arc<FxHashMap<Arc<str>, i64>>, ReadError> {
        self.caches().product_baskets.get((), stamp(self.query()), || {
            let mut baskets = FxHashMap::default();
            for task in rows::holders(self.query(), PRODUCT_BASKETS)? {
                let listed =
                    rows::key_values(&task, PRODUCT_BASKETS, arc_str(), i64_be(), |view| view.all(usize::MAX))?;
                baskets.extend(listed.into_iter().map(|(product, row)| (product, row.value)));
            }
            Ok(baskets)
        })
    }
}

fn merge(sum: Partners, run: Partners) -> Result<Partners, ReadError> {
    sum.merged(run).ok_or(ReadError::Overflow { what: "the number of shared baskets" })
}

/// All runs of a product as one.
fn partners_of(task: &TaskView, product: &Arc<str>) -> Result<Partners, ReadError> {
    let runs = rows::key_values(task, CO_PURCHASES, run_key_serde(), partners_serde(), |view| {
        let key = |run| RunKey { product: Arc::clone(product), run };
        view.range(Some(&key(0)), Some(&key(LAST_RUN)), usize::from(LAST_RUN) + 1)
    })?;
    runs.into_iter().try_fold(Partners::default(), |sum, (_, run)| merge(sum, run.value))
}

/// Adds the pairs of a task, each where its first product lies.
fn add_task(task: &TaskView, totals: &mut CoPurchaseTotals) -> Result<(), ReadError> {
    let mut current: Option<(Arc<str>, Partners)> = None;
    let mut from: Option<RunKey> = None;
    loop {
        let chunk = rows::key_values(task, CO_PURCHASES, run_key_serde(), partners_serde(), |view| {
            view.range(from.as_ref(), None, CHUNK)
        })?;
        let complete = chunk.len() < CHUNK;
        // Chunks overlap in one row, which is skipped: the last of one begins the next.
        let known = from.take();
        for (key, run) in chunk {
            if known.as_ref() == Some(&key) {
                continue;
            }
            let sum = match current.take() {
                Some((product, sum)) if product == key.product => sum,
                finished => {
                    add_product(finished, totals);
                    Partners::default()
                }
            };
            current = Some((Arc::clone(&key.product), merge(sum, run.value)?));
            from = Some(key);
        }
        if complete || from.is_none() {
            add_product(current, totals);
            return Ok(());
        }
    }
}

fn add_product(product: Option<(Arc<str>, Partners)>, totals: &mut CoPurchaseTotals) {
    let Some((product, partners)) = product else { return };
    for (_, count) in partners.iter().filter(|(other, count)| **other > product && *count > 0) {
        totals.distinct_pairs += 1;
        totals.pair_count_sum += count.unsigned_abs();
    }
}

fn cosine(baskets: &FxHashMap<Arc<str>, i64>, a: &str, b: &str, shared: i64) -> f64 {
    let of = |product: &str| baskets.get(product).map_or(0.0, |count| *count as f64);
    let root = (of(a) * of(b)).sqrt();
    if root > 0.0 { shared as f64 / root } else { 0.0 }
}

fn best_first(a: &Companion, b: &Companion) -> Ordering {
    b.score.total_cmp(&a.score).then_with(|| b.count.cmp(&a.count)).then_with(|| a.product_id.cmp(&b.product_id))
}
