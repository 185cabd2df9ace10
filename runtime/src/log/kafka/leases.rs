//! What librdkafka says about a member's tasks, kept until the member asks.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{ClientContext, Offset, TopicPartitionList};
use serde::Deserialize;
use tillstream_kafka_queue::member_id;

use super::context::Context;
use super::options::GroupProtocol;
use super::sight::{Brokers, Sight};
use crate::log::Lease;

/// In the consumer protocol a member that gets no task is told nothing. After this long with its coordinator, in
/// milliseconds, it has been heard: brokers ask for a heartbeat every 5 s.
const NO_TASK_MS: u64 = 6_000;

/// The events of a group consumer.
#[derive(Debug)]
pub(super) struct Leases {
    pub(super) sight: Sight,
    words: Context,
    protocol: GroupProtocol,
    /// After this long the member may have been put out while librdkafka waits for a release and does not say so.
    patience: Duration,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    changes: Vec<Lease>,
    held: BTreeSet<u32>,
    /// Revoked and not released: librdkafka waits with them.
    revoked: BTreeSet<u32>,
    /// Those of them that have been released. They are given back together, as librdkafka asked for them.
    released: BTreeSet<u32>,
    /// Since when librdkafka waits for a release, at the earliest.
    revoked_at: Instant,
    polled_at: Instant,
    losses: u64,
    /// Under which id the member has what it holds.
    member_id: String,
    /// Whether the member has another id by now.
    replaced: bool,
    /// Whether the group has answered at all. One without tasks hears it from an empty grant.
    answered: bool,
    closing: bool,
}

impl Leases {
    pub(super) fn new(protocol: GroupProtocol, patience: Duration) -> Self {
        let now = Instant::now();
        let state = State {
            changes: Vec::new(),
            held: BTreeSet::new(),
            revoked: BTreeSet::new(),
            released: BTreeSet::new(),
            revoked_at: now,
            polled_at: now,
            losses: 0,
            member_id: String::new(),
            replaced: false,
            answered: false,
            closing: false,
        };
        let (sight, words) = Default::default();
        Self { sight, words, protocol, patience, state: Mutex::new(state) }
    }

    /// How often the member lost its place.
    pub(super) fn losses(&self) -> u64 {
        self.lock().losses
    }

    /// Whether somebody with the id `current` holds what the member holds.
    pub(super) fn is_held_by(&self, current: &str) -> bool {
        let state = self.lock();
        state.held.is_empty() || state.member_id == current
    }

    /// Whether the group has gone on without the member and taken it back as somebody new, with all it held, which others may have
    /// had meanwhile.
    pub(super) fn is_replaced(&self) -> bool {
        self.lock().replaced
    }

    pub(super) fn take_changes(&self) -> Vec<Lease> {
        std::mem::take(&mut self.lock().changes)
    }

    /// After this long without a word from a member the group may have gone on without it.
    pub(super) fn patience(&self) -> Duration {
        self.patience
    }

    /// Whether the group has answered.
    pub(super) fn is_answered(&self) -> bool {
        self.lock().answered
    }

    /// The member has served librdkafka's events.
    pub(super) fn polled(&self) {
        self.lock().polled_at = Instant::now();
    }

    /// Whether librdkafka waits for a release.
    pub(super) fn has_revoked(&self) -> bool {
        !self.lock().revoked.is_empty()
    }

    /// Whether it has waited for so long that the member may have been put out meanwhile.
    pub(super) fn is_overdue(&self) -> bool {
        let state = self.lock();
        !state.revoked.is_empty() && state.revoked_at.elapsed() > self.patience
    }

    /// The member was still in its group at `when`.
    pub(super) fn confirm(&self, when: Instant) {
        self.lock().revoked_at = when;
    }

    /// Notes released tasks; answers all that can be given back now.
    pub(super) fn release(&self, tasks: &[u32]) -> Option<Vec<u32>> {
        let mut state = self.lock();
        for task in tasks {
            if state.revoked.remove(task) {
                state.held.remove(task);
                state.released.insert(*task);
            }
        }
        let done = state.revoked.is_empty() && !state.released.is_empty();
        done.then(|| std::mem::take(&mut state.released).into_iter().collect())
    }

    /// Everything is lost; answers what librdkafka still waits for.
    pub(super) fn lose_all(&self) -> Vec<u32> {
        let mut state = self.lock();
        let waiting = state.revoked.union(&state.released).copied().collect();
        let held = state.held.iter().copied().collect();
        state.lose(held);
        state.replaced = false;
        waiting
    }

    /// From now on everything that is revoked is given back at once.
    pub(super) fn close(&self) -> Vec<u32> {
        let mut state = self.lock();
        state.closing = true;
        state.revoked.union(&state.released).copied().collect()
    }

    /// A change of leases is for the member with the id `current`.
    fn meet(&self, current: String) {
        let mut state = self.lock();
        state.replaced |= !state.held.is_empty() && state.member_id != current;
        state.member_id = current;
    }

    fn granted(&self, tasks: Vec<u32>) {
        let mut state = self.lock();
        state.held.extend(&tasks);
        let first = !std::mem::replace(&mut state.answered, true);
        if first || !tasks.is_empty() {
            state.changes.push(Lease::Granted(tasks));
        }
    }

    /// The group has answered, if only by silence.
    fn answered(&self) {
        let mut state = self.lock();
        if !std::mem::replace(&mut state.answered, true) {
            state.changes.push(Lease::Granted(Vec::new()));
        }
    }

    /// Tells whether they are to be given back at once.
    fn revoked(&self, tasks: Vec<u32>, lost: bool) -> bool {
        let mut state = self.lock();
        let held: Vec<u32> = tasks.into_iter().filter(|task| state.held.contains(task)).collect();
        if lost || state.closing || held.is_empty() {
            state.lose(held);
            return true;
        }
        state.revoked_at = state.polled_at;
        state.revoked.extend(&held);
        state.changes.push(Lease::Revoked(held));
        false
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes back what the member has not heard of yet: what it never knew to be its own it cannot lose.
    fn lose(&mut self, mut tasks: Vec<u32>) {
        self.losses += u64::from(!tasks.is_empty());
        self.held.retain(|task| !tasks.contains(task));
        self.revoked.clear();
        self.released.clear();
        let lost = tasks.clone();
        for change in &mut self.changes {
            match change {
                Lease::Granted(granted) => {
                    tasks.retain(|task| !granted.contains(task));
                    granted.retain(|task| !lost.contains(task));
                }
                Lease::Revoked(revoked) => revoked.retain(|task| !lost.contains(task)),
                Lease::Lost(_) => {}
            }
        }
        self.changes.push(Lease::Lost(tasks));
        self.changes.retain(|change| !change.tasks().is_empty());
    }
}

impl ClientContext for Leases {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.words.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.words.error(error, reason);
    }

    fn stats_raw(&self, statistics: &[u8]) {
        match serde_json::from_slice::<Statistics>(statistics) {
            Ok(Statistics { cgrp, brokers }) => {
                self.sight.learn(&brokers);
                if self.protocol == GroupProtocol::Consumer && cgrp.is_some_and(|place| place.is_idle_member()) {
                    self.answered();
                }
            }
            Err(error) => tracing::debug!(%error, "statistics of a member"),
        }
    }
}

/// The part of librdkafka's statistics that tells of the group and of the brokers.
#[derive(Debug, Deserialize)]
struct Statistics {
    cgrp: Option<Place>,
    brokers: Brokers,
}

#[derive(Debug, Deserialize)]
struct Place {
    state: String,
    /// Milliseconds in this state.
    stateage: u64,
}

impl Place {
    /// Whether the coordinator has had time for a member and had no task for it.
    fn is_idle_member(&self) -> bool {
        self.state == "up" && self.stateage >= NO_TASK_MS
    }
}

impl ConsumerContext for Leases {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, event: RDKafkaRespErr, list: &mut TopicPartitionList) {
        // A group that has ended does not answer, see `Ending`.
        if consumer.closed() {
            return;
        }
        let is_grant = event == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
        let lost = !is_grant && consumer.assignment_lost();
        if !lost {
            self.meet(member_id(consumer));
        }
        let tasks: Vec<u32> = list.elements().iter().filter_map(|one| u32::try_from(one.partition()).ok()).collect();
        let served = if is_grant {
            self.granted(tasks);
            // There is nothing to read: no offset is asked for, and nothing is fetched.
            list.set_all_offsets(Offset::Offset(0))
                .and_then(|()| consumer.incremental_assign(list))
                .and_then(|()| if list.count() > 0 { consumer.pause(list) } else { Ok(()) })
        } else if self.revoked(tasks, lost) {
            consumer.incremental_unassign(list)
        } else {
            Ok(())
        };
        if let Err(error) = served {
            tracing::warn!(%error, "a change of leases");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_back_as_somebody_new_holds_nothing_of_before() {
        let leases = Leases::new(GroupProtocol::Classic, Duration::from_secs(1));
        leases.meet("first".to_owned());
        leases.granted(vec![1, 2]);
        assert_eq!(leases.take_changes(), [Lease::Granted(vec![1, 2])]);
        assert!(leases.is_held_by("first") && !leases.is_held_by("") && !leases.is_held_by("second"));

        leases.meet("second".to_owned());
        assert!(leases.is_replaced(), "the group takes it for the owner of 1 and 2 still");
        assert!(!leases.revoked(vec![2], false));
        assert_eq!(leases.lose_all(), [2], "librdkafka waits for it");
        assert_eq!(leases.take_changes(), [Lease::Lost(vec![1, 2])]);
        assert!(!leases.is_replaced() && leases.losses() == 1);
    }
}
