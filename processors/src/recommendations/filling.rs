//! A list that is too short is filled up.

use std::sync::Arc;

use rustc_hash::FxHashSet;
use tillstream_models::recommenders::{ItemSet, Shortlist};

use super::Recommendations;
use super::list::{ListQuery, Recommended, Source};
use super::served::Served;
use crate::read::ReadError;

/// A list on its way to its full length.
pub(super) struct Filling<'a> {
    pub(super) recommendations: &'a Recommendations,
    pub(super) items: &'a mut Vec<Recommended>,
    pub(super) taken: FxHashSet<Arc<str>>,
    pub(super) query: &'a ListQuery,
}

impl Filling<'_> {
    pub(super) fn is_full(&self) -> bool {
        self.items.len() >= self.query.limit
    }

    /// Adds products by id, best first; their names and stock are looked up.
    pub(super) fn add(&mut self, source: Source, ranked: Vec<(Arc<str>, f32)>) -> Result<(), ReadError> {
        let answers = &self.recommendations.answers;
        for (product_id, score) in ranked {
            if self.is_full() {
                break;
            }
            if self.taken.contains(&product_id) || !answers.is_product(&product_id) {
                continue;
            }
            let label = answers.label(&product_id)?;
            let (name, category) = label.map(|label| (label.name, label.category)).unzip();
            if self.query.category.is_some() && self.query.category.as_deref() != category.as_deref() {
                continue;
            }
            if self.query.in_stock && answers.stock(&product_id)?.is_some_and(|stock| stock.level <= 0) {
                continue;
            }
            self.taken.insert(Arc::clone(&product_id));
            self.items.push(Recommended { product_id, name, category, score, source, because: Vec::new() });
        }
        Ok(())
    }

    /// Adds items of the model by a number each has.
    pub(super) fn add_from_model(&mut self, source: Source, served: &Served, scores: &[f32]) {
        if self.is_full() {
            return;
        }
        let taken: ItemSet = self.taken.iter().filter_map(|product| served.model.items().get(product)).collect();
        let wanted = |item: u32| !taken.contains(item);
        let fits = served.fits(self.query);
        let missing = self.query.limit - self.items.len();
        let list = Shortlist::new(missing).rule(&wanted).rule(&fits).min_score(f32::MIN_POSITIVE);
        for (item, score) in list.pick(scores) {
            let product = served.recommended(item, score, source);
            self.taken.insert(Arc::clone(&product.product_id));
            self.items.push(product);
        }
    }
}
