//! Wakes readers when there may be something new for them.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Counts news and lets readers wait for the next. A condition variable, so that nobody spins.
#[derive(Debug, Default)]
pub(super) struct Signal {
    news: Mutex<u64>,
    raised: Condvar,
}

impl Signal {
    /// To be taken *before* looking for data: news in between then end the wait at once.
    pub(super) fn seen(&self) -> u64 {
        *self.news()
    }

    pub(super) fn raise(&self) {
        *self.news() += 1;
        self.raised.notify_all();
    }

    /// Waits until there are news since `seen`, at most until `deadline`; tells whether there are.
    pub(super) fn wait(&self, seen: u64, deadline: Instant) -> bool {
        let mut news = self.news();
        while *news == seen {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            news = self.raised.wait_timeout(news, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// A count is whole whatever panicked beside it.
    fn news(&self) -> MutexGuard<'_, u64> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The moment `timeout` from now; decades ahead where that is more than a clock can tell.
pub(super) fn deadline_after(timeout: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(timeout).unwrap_or(now + Duration::from_secs(1 << 30))
}
