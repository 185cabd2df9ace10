//! Wakes readers when something was committed.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Instant;

use super::lock;

/// Counts commits and lets readers wait for the next one. A condition variable, so that nobody spins.
#[derive(Debug, Default)]
pub(super) struct Signal {
    commits: Mutex<u64>,
    raised: Condvar,
}

impl Signal {
    /// To be taken *before* looking for data: a commit in between then ends the wait at once.
    pub(super) fn seen(&self) -> u64 {
        *lock(&self.commits)
    }

    pub(super) fn raise(&self) {
        *lock(&self.commits) += 1;
        self.raised.notify_all();
    }

    /// Waits until there was a commit since `seen`, at most until `deadline`; tells whether there was.
    pub(super) fn wait(&self, seen: u64, deadline: Instant) -> bool {
        let mut commits = lock(&self.commits);
        while *commits == seen {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let waited = self.raised.wait_timeout(commits, left);
            commits = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}
