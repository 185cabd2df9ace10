//! Wakes a reader when librdkafka has put something into one of its queues.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Instant;

/// Counts arrivals and lets the reader wait for the next one. A condition variable, so that nobody spins.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    count: Mutex<u64>,
    raised: Condvar,
}

impl Arrivals {
    /// To be taken *before* looking into the queues: an arrival in between then ends the wait at once.
    pub(super) fn seen(&self) -> u64 {
        *self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn raise(&self) {
        *self.count.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.raised.notify_all();
    }

    /// Waits until something arrived since `seen`, at most until `deadline`; tells whether something did.
    pub(super) fn wait(&self, seen: u64, deadline: Instant) -> bool {
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        while *count == seen {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            count = self.raised.wait_timeout(count, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}
