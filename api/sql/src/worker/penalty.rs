//! Makes those wait whose queries end their processes, so that ending them costs whoever does it more than everybody else.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::limits::Limits;

/// Processes that may end at once before anybody waits: a person's slips are no attack.
const FREE: u32 = 4;

/// Spaces out the failures of queries that ended their process. Nobody need be known: a client in a loop asks again when it has
/// its answer.
#[derive(Debug)]
pub(super) struct Penalties {
    interval: Duration,
    longest: Duration,
    /// When all that was taken so far has been sat out. std's lock: held for an addition.
    paid: Mutex<Option<Instant>>,
}

impl Penalties {
    pub(super) fn new(limits: &Limits) -> Self {
        Self { interval: limits.penalty_interval, longest: limits.penalty_max, paid: Mutex::default() }
    }

    /// A process has ended with a query that was asked at `asked`: when to say so.
    pub(super) fn take(&self, asked: Instant, now: Instant) -> Instant {
        let mut paid = self.paid.lock().unwrap_or_else(PoisonError::into_inner);
        let free = self.interval * FREE;
        let until = paid.map_or(now, |paid| paid.max(now)) + self.interval;
        // No further into the future than anybody waits, else a storm would be held against those who come long after it.
        let until = until.min(now + free + self.longest);
        *paid = Some(until);
        until.checked_sub(free).map_or(now, |due| due.min(asked + self.longest)).max(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_slips_are_free_a_storm_waits_its_turn_and_is_forgotten() {
        let limits = Limits {
            penalty_interval: Duration::from_millis(500),
            penalty_max: Duration::from_secs(3),
            ..Limits::default()
        };
        let (penalties, now) = (Penalties::new(&limits), Instant::now());
        let waits: Vec<u128> = (0..12).map(|_| (penalties.take(now, now) - now).as_millis()).collect();
        assert_eq!(waits, [0, 0, 0, 0, 500, 1_000, 1_500, 2_000, 2_500, 3_000, 3_000, 3_000]);
        // Who waited before it failed waits that much less.
        let asked = now.checked_sub(Duration::from_secs(2)).unwrap();
        assert_eq!((penalties.take(asked, now) - now).as_millis(), 1_000);
        let later = now + Duration::from_secs(6);
        assert_eq!(penalties.take(later, later), later);
    }
}
