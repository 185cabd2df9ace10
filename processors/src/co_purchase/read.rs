//! Reading what is bought together.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use tillstream_runtime::TaskId;
use tillstream_runtime::query::TaskView;
use tillstream_stores::arc_str;

use super::basket::upper_cased;
use super::bucket::bucket_of;
use super::numbers::{Number, Numbered, numbered_serde};
use super::partners::{LAST_RUN, Partners, RunKey, partners_serde, run_key_serde};
use super::{CO_PURCHASE_PRODUCTS, CO_PURCHASES};
use crate::order_saga::counters::BASKETS;
use crate::read::{Answers, AsOf, ReadError, rows, stamp};

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

/// The products that are bought together with one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Companions {
    /// By score, then count, then id.
    pub products: Vec<Companion>,
    /// What the answer corresponds to.
    pub as_of: AsOf,
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

/// The products that are paired: how often each was bought, and which number it has in each task.
#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    as_of: AsOf,
    baskets: FxHashMap<Arc<str>, i64>,
    tasks: BTreeMap<TaskId, Numbers>,
}

/// The numbers of one task.
#[derive(Debug, Default)]
struct Numbers {
    by_product: FxHashMap<Arc<str>, Number>,
    products: FxHashMap<Number, Arc<str>>,
}

impl Catalogue {
    fn add(&mut self, task: TaskId, listed: Vec<(Arc<str>, Numbered)>) {
        let numbers = self.tasks.entry(task).or_default();
        for (product, Numbered { number, baskets }) in listed.into_iter().filter(|(product, _)| !product.is_empty()) {
            if baskets != 0 {
                self.baskets.insert(Arc::clone(&product), baskets);
            }
            numbers.by_product.insert(Arc::clone(&product), number);
            numbers.products.insert(number, product);
        }
    }

    /// Cosine of two products that share so many baskets.
    fn cosine(&self, a: &str, b: &str, shared: i64) -> f64 {
        let of = |product: &str| self.baskets.get(product).map_or(0.0, |count| *count as f64);
        let root = (of(a) * of(b)).sqrt();
        if root > 0.0 { shared as f64 / root } else { 0.0 }
    }
}

impl Answers {
    /// At most `limit` products bought together with `product_id`, by score, then count, then id.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`], [`ReadError::Store`].
    pub fn bought_together(&self, product_id: &str, limit: usize) -> Result<Companions, ReadError> {
        let product = upper_cased(&product_id.into());
        let catalogue = self.catalogue()?;
        let mut companions = self.companions(&catalogue, &product)?;
        companions.sort_unstable_by(best_first);
        companions.truncate(limit);
        Ok(Companions { products: companions, as_of: catalogue.as_of.clone() })
    }

    /// All pairs of the next products behind `after`, by product: at least `pairs_min` unless the end is reached.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`], [`ReadError::Store`].
    pub fn pairs(&self, after: Option<&str>, pairs_min: usize) -> Result<PairPage, ReadError> {
        let catalogue = self.catalogue()?;
        let mut products: Vec<&Arc<str>> =
            catalogue.baskets.keys().filter(|product| after.is_none_or(|after| &***product > after)).collect();
        products.sort_unstable();
        let mut page = PairPage::default();
        for product in products {
            let mut companions = self.companions(&catalogue, product)?;
            companions.retain(|companion| companion.product_id > *product);
            companions.sort_unstable_by(|a, b| a.product_id.cmp(&b.product_id));
            page.pairs.extend(companions.into_iter().map(|Companion { product_id, score, count }| ProductPair {
                product_a: Arc::clone(product),
                product_b: product_id,
                baskets: count,
                score,
            }));
            if page.pairs.len() >= pairs_min {
                page.after = Some(Arc::clone(product));
                break;
            }
        }
        Ok(page)
    }

    /// All pairs `product_id` is in, by the other product's id.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`], [`ReadError::Store`].
    pub fn pairs_of(&self, product_id: &str) -> Result<Vec<ProductPair>, ReadError> {
        let product: Arc<str> = product_id.into();
        let catalogue = self.catalogue()?;
        let mut companions = self.companions(&catalogue, &product)?;
        companions.sort_unstable_by(|a, b| a.product_id.cmp(&b.product_id));
        let pair = |Companion { product_id: other, score, count }| {
            let (product_a, product_b) =
                if product < other { (Arc::clone(&product), other) } else { (other, Arc::clone(&product)) };
            ProductPair { product_a, product_b, baskets: count, score }
        };
        Ok(companions.into_iter().map(pair).collect())
    }

    /// Shows `visit` every pair that begins with a product of `task`, all as of one commit, until it breaks off. Scores are made
    /// with the baskets of products that other tasks count, as of a moment before.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`], [`ReadError::Store`].
    pub fn visit_pairs(
        &self,
        task: &TaskView,
        mut visit: impl FnMut(ProductPair) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        let catalogue = self.catalogue()?;
        task.reader.snapshot(|snapshot| {
            let mut here = Catalogue::default();
            let products = snapshot.key_value_view(CO_PURCHASE_PRODUCTS, arc_str(), numbered_serde())?;
            let mut listed = Vec::new();
            products.visit(&[], None, None, |product, row| {
                listed.push((product, row.value));
                ControlFlow::Continue(())
            })?;
            here.add(task.id, listed);
            let Some(numbers) = here.tasks.get(&task.id) else { return Ok(()) };
            let runs = snapshot.key_value_view(CO_PURCHASES, run_key_serde(), partners_serde())?;
            let (mut product, mut partners, mut outcome) = (None, Partners::default(), Ok(()));
            let mut show = |number: Option<Number>, partners: &Partners| {
                let Some(first) = number.and_then(|number| numbers.products.get(&number)) else {
                    return ControlFlow::Continue(());
                };
                let mut others: Vec<(&Arc<str>, i64)> = partners
                    .shared()
                    .filter_map(|(other, count)| Some((numbers.products.get(&other)?, count)))
                    .filter(|(other, _)| *other > first)
                    .collect();
                others.sort_unstable();
                others.into_iter().try_for_each(|(other, baskets)| {
                    let score = catalogue.cosine(first, other, baskets);
                    visit(ProductPair { product_a: Arc::clone(first), product_b: Arc::clone(other), baskets, score })
                })
            };
            let mut stopped = false;
            runs.visit(&[], None, None, |key, run| {
                if product != Some(key.product) {
                    if show(product, &partners).is_break() {
                        stopped = true;
                        return ControlFlow::Break(());
                    }
                    product = Some(key.product);
                    partners = Partners::default();
                }
                match merge(&partners, &run.value) {
                    Ok(sum) => partners = sum,
                    Err(error) => {
                        outcome = Err(error);
                        return ControlFlow::Break(());
                    }
                }
                ControlFlow::Continue(())
            })?;
            if outcome.is_ok() && !stopped {
                // The last product's runs end with the store.
                let _ = show(product, &partners);
            }
            outcome
        })?
    }

    /// All co-purchases in three numbers. Kept until the state moves on.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`], [`ReadError::Store`].
    pub fn co_purchase_totals(&self) -> Result<CoPurchaseTotals, ReadError> {
        let totals = self.caches().co_purchase_totals.get(&(), stamp(self.query()), || {
            let (mut pairs, mut sum) = (0, 0);
            for task in rows::holders(self.query(), CO_PURCHASES)? {
                for_each_product(&task, |partners| {
                    partners.shared().for_each(|(_, count)| (pairs, sum) = (pairs + 1, sum + count.unsigned_abs()));
                })?;
            }
            // Each pair lies with both of its products.
            let baskets = self.saga_counter(BASKETS)?;
            Ok::<_, ReadError>(CoPurchaseTotals { distinct_pairs: pairs / 2, pair_count_sum: sum / 2, baskets })
        })?;
        Ok(*totals)
    }

    /// All products bought together with `product`, in no particular order. A partner the catalogue does not know yet came
    /// with a later commit and is left out.
    fn companions(&self, catalogue: &Catalogue, product: &Arc<str>) -> Result<Vec<Companion>, ReadError> {
        let task = rows::holder_of(self.query(), CO_PURCHASES, &bucket_of(product))?;
        let Some(numbers) = catalogue.tasks.get(&task.id) else { return Ok(Vec::new()) };
        let Some(number) = numbers.by_product.get(product) else { return Ok(Vec::new()) };
        let partners = partners_of(&task, *number)?;
        let companion = |(other, count)| {
            let product_id = Arc::clone(numbers.products.get(&other)?);
            Some(Companion { score: catalogue.cosine(product, &product_id, count), product_id, count })
        };
        Ok(partners.shared().filter_map(companion).collect())
    }

    /// Small enough to be at hand whole, and asked for by every score.
    fn catalogue(&self) -> Result<Arc<Catalogue>, ReadError> {
        self.caches().catalogue.get(&(), stamp(self.query()), || {
            let mut catalogue = Catalogue { as_of: self.now(), ..Catalogue::default() };
            for task in rows::holders(self.query(), CO_PURCHASE_PRODUCTS)? {
                let listed = rows::key_values(&task, CO_PURCHASE_PRODUCTS, arc_str(), numbered_serde(), |view| {
                    view.all(usize::MAX)
                })?;
                catalogue.add(task.id, listed.into_iter().map(|(product, row)| (product, row.value)).collect());
            }
            Ok(catalogue)
        })
    }
}

fn merge(sum: &Partners, run: &Partners) -> Result<Partners, ReadError> {
    sum.merged(run).ok_or(ReadError::Overflow { what: "the number of shared baskets" })
}

/// All runs of a product as one.
fn partners_of(task: &TaskView, product: Number) -> Result<Partners, ReadError> {
    let runs = rows::key_values(task, CO_PURCHASES, run_key_serde(), partners_serde(), |view| {
        (0..=LAST_RUN).map(|run| view.get(&RunKey { product, run })).collect::<Result<Vec<_>, _>>()
    })?;
    runs.into_iter().flatten().try_fold(Partners::default(), |sum, run| merge(&sum, &run.value))
}

/// Visits the partners of every product of a task.
fn for_each_product(task: &TaskView, mut visit: impl FnMut(&Partners)) -> Result<(), ReadError> {
    let (mut product, mut partners) = (None, Partners::default());
    let mut from: Option<RunKey> = None;
    loop {
        let chunk = rows::key_values(task, CO_PURCHASES, run_key_serde(), partners_serde(), |view| {
            view.range(from.as_ref(), None, CHUNK)
        })?;
        let complete = chunk.len() < CHUNK;
        // Chunks overlap in one row, which is skipped: the last of one begins the next.
        let known = from;
        for (key, run) in chunk.into_iter().filter(|(key, _)| known != Some(*key)) {
            if product != Some(key.product) {
                visit(&std::mem::take(&mut partners));
                product = Some(key.product);
            }
            partners = merge(&partners, &run.value)?;
            from = Some(key);
        }
        if complete {
            visit(&partners);
            return Ok(());
        }
    }
}

fn best_first(a: &Companion, b: &Companion) -> Ordering {
    b.score.total_cmp(&a.score).then_with(|| b.count.cmp(&a.count)).then_with(|| a.product_id.cmp(&b.product_id))
}
