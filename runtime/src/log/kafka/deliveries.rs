//! What became of the records of the open transaction, told by librdkafka's threads.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

use super::failure;

/// A full queue counts as having room once one in so many of its records arrived.
const ROOM: usize = 8;

/// Counts records on their way and keeps the offsets they got.
#[derive(Debug, Default)]
pub(super) struct Deliveries {
    /// Records without an answer. Lowered under the lock only, so that nobody goes to sleep on the last one.
    under_way: AtomicUsize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Wake whoever waits once no more than this are under way: a wake-up for each record would cost more than the record.
    wake_at: usize,
    /// By place of the partition in the writer: the offset behind the last record.
    next_offsets: Vec<Option<i64>>,
    failure: Option<Code>,
    disturbances: Disturbances,
}

/// How often the client was disturbed, as of some moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Disturbances {
    /// Requests that were repeated or timed out.
    repeats: u64,
    /// Connections that were cut.
    pub(super) cuts: u64,
    /// How often they were counted.
    counts: u64,
}

impl Disturbances {
    fn number(self) -> u64 {
        self.repeats + self.cuts
    }
}

/// Why records did not arrive.
#[derive(Clone, Copy, Debug)]
pub(super) enum NotDelivered {
    /// The deadline passed.
    Late,
    /// The brokers refused one.
    Refused(Code),
}

impl Deliveries {
    /// A record is handed to librdkafka.
    pub(super) fn sent(&self) {
        self.under_way.fetch_add(1, Ordering::Relaxed);
    }

    /// It was not taken.
    pub(super) fn not_sent(&self) {
        let _state = self.lock();
        self.lower();
    }

    /// The brokers have answered for a record of the partition at `place`.
    pub(super) fn delivered(&self, place: usize, offset: Result<i64, &KafkaError>) {
        let mut state = self.lock();
        let left = self.lower();
        match offset {
            Ok(offset) => state.raise(place, offset + 1),
            Err(error) => {
                state.failure = state.failure.or_else(|| failure::code(error)).or(Some(Code::Unknown));
            }
        }
        if left <= state.wake_at || state.failure.is_some() {
            self.changed.notify_all();
        }
    }

    /// librdkafka has counted its disturbances anew.
    pub(super) fn counted(&self, repeats: u64, cuts: u64) {
        let mut state = self.lock();
        state.disturbances = Disturbances { repeats, cuts, counts: state.disturbances.counts + 1 };
        self.changed.notify_all();
    }

    /// Waits until all records arrived.
    pub(super) fn settle(&self, deadline: Instant) -> Result<(), NotDelivered> {
        let mut state = self.lock();
        state.wake_at = 0;
        loop {
            match state.failure {
                Some(code) => return Err(NotDelivered::Refused(code)),
                None if self.under_way() == 0 => return Ok(()),
                None => state = self.wait(state, deadline).ok_or(NotDelivered::Late)?,
            }
        }
    }

    /// Waits until librdkafka's queue has room again: that is when part of its records arrived. `false` at once when all have.
    pub(super) fn await_room(&self, deadline: Instant) -> Result<bool, NotDelivered> {
        let mut state = self.lock();
        let under_way = self.under_way();
        if under_way == 0 {
            return Ok(false);
        }
        state.wake_at = under_way - under_way.div_ceil(ROOM);
        self.wait(state, deadline).ok_or(NotDelivered::Late)?.wake_at = 0;
        Ok(true)
    }

    /// The offsets behind the last records, by place; the next transaction starts without any.
    pub(super) fn take(&self) -> Vec<(usize, i64)> {
        let mut state = self.lock();
        self.under_way.store(0, Ordering::Relaxed);
        state.failure = None;
        let next_offsets = std::mem::take(&mut state.next_offsets);
        next_offsets.into_iter().enumerate().filter_map(|(place, next)| Some((place, next?))).collect()
    }

    pub(super) fn disturbances(&self) -> Disturbances {
        self.lock().disturbances
    }

    /// Whether the client was disturbed since `before`, by a count made after `since`. Waits for that count.
    pub(super) fn was_disturbed(&self, before: Disturbances, since: Disturbances, deadline: Instant) -> bool {
        let mut state = self.lock();
        while state.disturbances.counts == since.counts && state.disturbances.number() == before.number() {
            match self.wait(state, deadline) {
                Some(next) => state = next,
                // Not knowing is as bad.
                None => return true,
            }
        }
        state.disturbances.number() != before.number()
    }

    /// Waits for a change; `None` once the deadline passed.
    fn wait<'a>(&self, state: MutexGuard<'a, State>, deadline: Instant) -> Option<MutexGuard<'a, State>> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return None;
        }
        Some(self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0)
    }

    fn under_way(&self) -> usize {
        self.under_way.load(Ordering::Relaxed)
    }

    /// One record less is under way; answers how many are. A late answer to an earlier transaction lowers nothing.
    fn lower(&self) -> usize {
        let lowered = |under_way: usize| Some(under_way.saturating_sub(1));
        let before = self.under_way.fetch_update(Ordering::Relaxed, Ordering::Relaxed, lowered);
        before.unwrap_or_else(|unchanged| unchanged).saturating_sub(1)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn raise(&mut self, place: usize, next_offset: i64) {
        if self.next_offsets.len() <= place {
            self.next_offsets.resize(place + 1, None);
        }
        if let Some(known) = self.next_offsets.get_mut(place) {
            *known = (*known).max(Some(next_offset));
        }
    }
}
