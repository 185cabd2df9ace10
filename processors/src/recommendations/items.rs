//! Names, categories and stock of the items of a model, by their numbers.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use tillstream_models::learned::LearnedModel;
use tillstream_models::recommenders::ItemSet;
use tillstream_stores::{arc_str, json, nullable};

use crate::best_sellers::{Label, PRODUCTS};
use crate::read::{Answers, ReadError, rows};
use crate::stock::{STOCK, Stock};

/// Names, categories and stock of the items of a model, by their numbers.
#[derive(Debug, Default)]
pub(super) struct Items {
    labels: Vec<Option<Label>>,
    categories: FxHashMap<Arc<str>, u32>,
    category_of: Vec<Option<u32>>,
    sold_out: ItemSet,
}

impl Items {
    /// Reads what is known of the items now.
    pub(super) fn read(answers: &Answers, model: &LearnedModel) -> Result<Self, ReadError> {
        let count = model.items().len();
        let mut items = Self { labels: vec![None; count], category_of: vec![None; count], ..Self::default() };
        for task in rows::holders(answers.query(), PRODUCTS)? {
            let labels = rows::key_values(&task, PRODUCTS, arc_str(), nullable(json()), |view| view.all(usize::MAX))?;
            for (product, row) in labels {
                if let (Some(item), Some(label)) = (model.items().get(&product), row.value) {
                    items.name(item, label);
                }
            }
        }
        for task in rows::holders(answers.query(), STOCK)? {
            let levels = rows::key_values(&task, STOCK, arc_str(), json::<Stock>(), |view| view.all(usize::MAX))?;
            let sold_out = levels.into_iter().filter(|(_, row)| row.value.level <= 0);
            sold_out
                .filter_map(|(product, _)| model.items().get(&product))
                .for_each(|item| items.sold_out.insert(item));
        }
        Ok(items)
    }

    fn name(&mut self, item: u32, label: Label) {
        let next = self.categories.len() as u32;
        let category = *self.categories.entry(Arc::clone(&label.category)).or_insert(next);
        let at = item as usize;
        if let (Some(category_of), Some(known)) = (self.category_of.get_mut(at), self.labels.get_mut(at)) {
            *category_of = Some(category);
            *known = Some(label);
        }
    }

    pub(super) fn label(&self, item: u32) -> Option<&Label> {
        self.labels.get(item as usize)?.as_ref()
    }

    /// The number of a category; `None` if no item has it.
    pub(super) fn category(&self, name: &str) -> Option<u32> {
        self.categories.get(name).copied()
    }

    pub(super) fn category_of(&self, item: u32) -> Option<u32> {
        self.category_of.get(item as usize).copied().flatten()
    }

    /// Whether an item may be sold: not known to be gone. Of a product nobody has counted nothing is known.
    pub(super) fn in_stock(&self, item: u32) -> bool {
        !self.sold_out.contains(item)
    }
}
