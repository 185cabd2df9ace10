//! The model that is served, with what is known of its items.

use std::sync::{Arc, PoisonError, RwLock};

use tillstream_models::learned::LearnedModel;

use super::items::Items;

/// A model and its items, one as of the other.
#[derive(Debug)]
pub(super) struct Served {
    pub(super) model: Arc<LearnedModel>,
    pub(super) items: Items,
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
