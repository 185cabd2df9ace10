//! The place a query works in.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The place a query works in.
#[derive(Debug)]
pub(super) struct Lane {
    place: Option<OwnedSemaphorePermit>,
    quick: bool,
    slow: Arc<Semaphore>,
}

impl Lane {
    /// That of a young query.
    pub(super) fn quick(place: OwnedSemaphorePermit, slow: &Arc<Semaphore>) -> Self {
        Self { place: Some(place), quick: true, slow: Arc::clone(slow) }
    }

    /// That of one that takes longer.
    pub(super) fn slow(place: OwnedSemaphorePermit, slow: &Arc<Semaphore>) -> Self {
        Self { place: Some(place), quick: false, slow: Arc::clone(slow) }
    }

    /// Of what nobody asked for, and nobody waits for.
    pub(super) fn of_nobody() -> Self {
        Self { place: None, quick: true, slow: Arc::new(Semaphore::new(0)) }
    }

    /// Whether the query counts as young.
    pub(super) fn is_quick(&self) -> bool {
        self.quick
    }

    /// Moves it among those that take longer, if there is a place.
    pub(super) fn promote(&mut self) -> bool {
        match Arc::clone(&self.slow).try_acquire_owned() {
            Ok(place) => {
                (self.place, self.quick) = (Some(place), false);
                true
            }
            Err(_) => false,
        }
    }
}
