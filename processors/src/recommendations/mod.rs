//! What to show a customer next: lists from a learned model and her own history as it is committed, and what to show where
//! there is none.
//!
//! Models come from elsewhere, see [`Recommendations::serve`]; here they meet live state. A list is made of one model.

mod chain;
mod customers_alike;
mod experiment;
mod filling;
mod fold_ins;
mod items;
mod list;
mod personal;
mod products_alike;
mod profile;
mod served;
mod settings;

pub use customers_alike::Alike;
pub use experiment::Shown;
pub use list::{Because, ListQuery, Recommended, RecommendedList, Source};
pub use products_alike::{ProductsAlike, SimilarProduct};
pub use settings::RecommendationSettings;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tillstream_models::learned::LearnedModel;

use crate::experiments::ExposureQueue;
use crate::read::{Answers, stamp};
use fold_ins::FoldIns;
use items::Items;
use served::{Served, Shelf};

/// How old the names, categories and stock of the served items may be.
const ITEMS_AGE: Duration = Duration::from_secs(2);

/// Recommendations from committed state and the served model. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Recommendations {
    answers: Answers,
    settings: Arc<RecommendationSettings>,
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    shelf: Shelf,
    fold_ins: FoldIns,
    exposures: ExposureQueue,
    /// When the items were read and how far the state was. std's lock: one thread refreshes.
    refreshed: Mutex<Option<(Instant, u64)>>,
}

impl Recommendations {
    /// Recommendations that know no model yet.
    #[must_use]
    pub fn new(answers: Answers, settings: RecommendationSettings) -> Self {
        let inner = Inner {
            shelf: Shelf::default(),
            fold_ins: FoldIns::new(settings.cached_customers),
            exposures: ExposureQueue::default(),
            refreshed: Mutex::default(),
        };
        Self { answers, settings: Arc::new(settings), inner: Arc::new(inner) }
    }

    /// The answers it is made from.
    #[must_use]
    pub fn answers(&self) -> &Answers {
        &self.answers
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &RecommendationSettings {
        &self.settings
    }

    /// What was shown in an experiment and is not written yet.
    #[must_use]
    pub fn exposures(&self) -> &ExposureQueue {
        &self.inner.exposures
    }

    /// Puts a model in the place of the one that is served. Lists that are being made keep the one they began with.
    pub fn serve(&self, model: LearnedModel) {
        self.put(Arc::new(model));
    }

    /// The model that is served.
    #[must_use]
    pub fn model(&self) -> Option<Arc<LearnedModel>> {
        self.inner.shelf.get().map(|served| Arc::clone(&served.model))
    }

    /// Reads names, categories and stock of the served items again if that is due. For a thread that does so now and then:
    /// it takes some milliseconds, and no request should wait for it.
    pub fn refresh(&self) {
        let now = stamp(self.answers.query());
        let last = *self.inner.refreshed.lock().unwrap_or_else(PoisonError::into_inner);
        let stands = last.is_some_and(|(at, stamp)| stamp == now || at.elapsed() < ITEMS_AGE);
        if !stands && let Some(model) = self.model() {
            self.put(model);
        }
    }

    fn put(&self, model: Arc<LearnedModel>) {
        let stamp = stamp(self.answers.query());
        // While tasks are on their way there are no names; a refresh follows.
        let items = Items::read(&self.answers, &model);
        let read = items.is_ok();
        self.inner.shelf.put(Served::of(model, items.unwrap_or_default(), &self.settings));
        let refreshed = read.then(|| (Instant::now(), stamp));
        *self.inner.refreshed.lock().unwrap_or_else(PoisonError::into_inner) = refreshed;
    }
}
