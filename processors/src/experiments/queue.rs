//! Exposures on their way into the log: written by a thread, since no list should wait for a commit.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use super::exposure::Exposure;

/// Exposures that wait at most. More are dropped: an experiment may miss a list, a shop must not miss a customer.
const WAITING_MAX: usize = 10_000;

/// Exposures on their way into the log, with their customers.
///
/// std's lock: held to add or to take.
#[derive(Clone, Debug, Default)]
pub struct ExposureQueue(Arc<Mutex<Waiting>>);

#[derive(Debug, Default)]
struct Waiting {
    exposures: VecDeque<(String, Exposure)>,
    dropped: u64,
}

impl ExposureQueue {
    /// Adds an exposure of a customer.
    pub fn push(&self, user_id: &str, exposure: Exposure) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.exposures.len() < WAITING_MAX {
            waiting.exposures.push_back((user_id.to_owned(), exposure));
        } else {
            waiting.dropped = waiting.dropped.saturating_add(1);
        }
    }

    /// Takes all that wait, and how many were dropped since the last time.
    #[must_use]
    pub fn take(&self) -> (Vec<(String, Exposure)>, u64) {
        let waiting = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        (waiting.exposures.into(), waiting.dropped)
    }
}
