//! The model that is served, with what is known of its items.

use std::sync::{Arc, PoisonError, RwLock};

use tillstream_models::learned::LearnedModel;
use tillstream_models::recommenders::ItemSet;

use super::RecommendationSettings;
use super::items::Items;
use super::list::{ListQuery, Recommended, Source};

/// A model and its items, one as of the other.
#[derive(Debug)]
pub(super) struct Served {
    pub(super) model: Arc<LearnedModel>,
    pub(super) items: Items,
    /// What is used up and bought again.
    pub(super) replenishable: ItemSet,
}

impl Served {
    pub(super) fn of(model: Arc<LearnedModel>, items: Items, settings: &RecommendationSettings) -> Self {
        let parts = (0..).zip(&model.demand().rebought);
        let again = parts.filter(|(_, part)| **part >= settings.replenish_share).map(|(item, _)| item);
        let named = settings.replenishable.iter().filter_map(|product| model.items().get(product));
        let replenishable = again.chain(named).collect();
        Self { model, items, replenishable }
    }

    /// Whether an item is of the category and in stock, as asked.
    pub(super) fn fits(&self, query: &ListQuery) -> impl Fn(u32) -> bool + use<'_> {
        let category = query.category.as_deref().map(|name| self.items.category(name));
        let in_stock = query.in_stock;
        move |item| {
            // A category nobody has heard of has no items.
            let fits = category.is_none_or(|wanted| wanted.is_some() && self.items.category_of(item) == wanted);
            fits && (!in_stock || self.items.in_stock(item))
        }
    }

    /// An item as it is listed.
    pub(super) fn recommended(&self, item: u32, score: f32, source: Source) -> Recommended {
        let label = self.items.label(item);
        Recommended {
            product_id: self.model.items().name(item).unwrap_or_default().into(),
            name: label.map(|label| Arc::clone(&label.name)),
            category: label.map(|label| Arc::clone(&label.category)),
            score,
            source,
            because: Vec::new(),
        }
    }
}

/// Where the served model lies. Swapped as a whole: who has taken it keeps it.
///
/// std's lock: held to count a reference, never while a list is made.
#[derive(Debug, Default)]
pub(super) struct Shelf(RwLock<Option<Arc<Served>>>);

impl Shelf {
    pub(super) fn get(&self) -> Option<Arc<Served>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn put(&self, served: Served) {
        let served = Some(Arc::new(served));
        // The one before is dropped behind the lock.
        let _before = std::mem::replace(&mut *self.0.write().unwrap_or_else(PoisonError::into_inner), served);
    }
}
