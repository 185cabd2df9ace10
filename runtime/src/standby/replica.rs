//! The standby of one task: its stores, brought forward by whatever its changelogs bring.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use tillstream_stores::{CommitMeta, StateStore, TaskState};
use tillstream_topology::TopicPartition;

use super::claims::Kept;
use crate::error::Error;
use crate::ids::TaskId;
use crate::log::{Fetched, OffsetRange};
use crate::query::{Staleness, TaskView};
use crate::task::{TaskContext, restorable};

/// Fields are dropped in their order: the stores before the state they are built on, and the hold on the task last.
pub(super) struct Replica {
    changelogs: Vec<Followed>,
    state: TaskState,
    /// What it has to reach to be up to date as of the moment it was set.
    goal: Option<Goal>,
    /// The last goal it has reached.
    reached: Option<Reached>,
    _kept: Kept,
}

/// A changelog, and the store that follows it.
struct Followed {
    partition: TopicPartition,
    store: Rc<RefCell<dyn StateStore>>,
    next: i64,
    end: i64,
    /// Set where a source topic stands in for the changelog: it goes on behind what its owner has processed, and the store
    /// may not run ahead of that.
    source: Option<Source>,
}

/// How far a source topic may be followed.
#[derive(Clone, Copy)]
struct Source {
    /// The offset up to which its owner has told that it processed.
    told: i64,
    /// Reading has been stopped there.
    waits: bool,
}

/// The ends of the changelogs at some moment, and what its owner had told of the task before.
struct Goal {
    ends: Vec<i64>,
    set_at_ms: i64,
    told: Arc<TaskView>,
}

struct Reached {
    at_ms: i64,
    told: Arc<TaskView>,
}

impl Followed {
    /// How far it may be followed, of a log that ends at `end`.
    fn told(&self, end: i64) -> i64 {
        self.source.map_or(end, |source| source.told.min(end))
    }
}

impl Replica {
    /// Opens the state as far as it is on disk. `None`: a changelog is not as long yet as the state says: the last commit was
    /// this instance's own and is not visible yet.
    pub(super) fn open(context: &TaskContext, kept: Kept, id: TaskId) -> Result<Option<Self>, Error> {
        let state = context.open_state(id, |_| None)?;
        let mut changelogs = Vec::new();
        for builder in context.builders(id) {
            let Some(partition) = context.changelog_partition(id, builder.name()) else { continue };
            let store = builder.build(&state)?.store;
            store.borrow_mut().limit_cache(0);
            let next = context.restored_to(&state, builder.name(), &partition);
            let source =
                context.topology.is_source_backed(builder.name()).then_some(Source { told: next, waits: false });
            changelogs.push(Followed { partition, store, next, end: next, source });
        }
        let partitions: Vec<TopicPartition> = changelogs.iter().map(|one| one.partition.clone()).collect();
        let ranges = context.log.offsets(&partitions)?;
        if changelogs.iter().zip(&ranges).any(|(one, range)| one.next > range.end) {
            return Ok(None);
        }
        for (one, range) in changelogs.iter_mut().zip(ranges) {
            one.next = one.next.max(range.start);
            one.end = one.told(range.end);
        }
        Ok(Some(Self { changelogs, state, goal: None, reached: None, _kept: kept }))
    }

    /// The changelogs it follows, and where it stands in each.
    pub(super) fn followed(&self) -> impl Iterator<Item = (&TopicPartition, i64)> {
        self.changelogs.iter().map(|one| (&one.partition, one.next))
    }

    /// Takes what a poll brought, if it is of one of its changelogs. Answers whether to read no further for now: its owner
    /// has not told of more.
    pub(super) fn follow(&mut self, fetched: &Fetched) -> Result<bool, Error> {
        let Some(one) = self.changelogs.iter_mut().find(|one| one.partition == fetched.partition) else {
            return Ok(false);
        };
        let limit = one.source.map_or(i64::MAX, |source| source.told);
        let next = fetched.next_offset.min(limit).max(one.next);
        let end = one.end.max(next);
        // What queries see may not wait for more to come.
        let lacking = if self.reached.is_none() { (end - next) as u64 } else { 0 };
        let records = restorable(&fetched.records, limit, one.source.map(|_| &one.store));
        self.state.restore(&one.store, &records, next, lacking)?;
        (one.next, one.end) = (next, end);
        let waits = next >= limit;
        one.source.iter_mut().for_each(|source| source.waits = waits);
        Ok(waits)
    }

    /// Source topics at which reading was stopped although their owner has told of more since, and where to read on.
    pub(super) fn freed(&mut self) -> impl Iterator<Item = (&TopicPartition, i64)> {
        self.changelogs.iter_mut().filter_map(|one| {
            let source = one.source.as_mut().filter(|source| source.waits && one.next < source.told)?;
            source.waits = false;
            Some((&one.partition, one.next))
        })
    }

    /// Learns how far its changelogs go at `now_ms`; `told` is what was known of the task before that was asked.
    pub(super) fn aim(&mut self, ranges: &[OffsetRange], told: &Arc<TaskView>, now_ms: i64) {
        for (one, range) in self.changelogs.iter_mut().zip(ranges) {
            if let Some(source) = &mut one.source {
                let (topic, partition) = (&one.partition.topic, one.partition.partition);
                source.told = source.told.max(told.position.get(topic, partition).unwrap_or(0));
            }
            one.end = one.told(range.end).max(one.next);
        }
        // One that was not reached stays: under steady writing a moving goal never would be.
        self.goal.get_or_insert_with(|| Goal {
            ends: self.changelogs.iter().map(|one| one.end).collect(),
            set_at_ms: now_ms,
            told: Arc::clone(told),
        });
    }

    /// Whether the goal was reached since the last call. Then the state holds at least what its owner had told before the
    /// goal was set.
    pub(super) fn has_arrived(&mut self) -> Result<bool, Error> {
        let there = |goal: &mut Goal| self.changelogs.iter().zip(&goal.ends).all(|(one, end)| one.next >= *end);
        let Some(Goal { told, set_at_ms, .. }) = self.goal.take_if(there) else { return Ok(false) };
        if !told.position.covers(&self.state.position()) {
            // Its own, of which the last commit did not take effect in the end.
            let reason = format!("the state is ahead of its owner: {} is not {}", self.state.position(), told.position);
            return Err(Error::Damaged { task: told.id, reason });
        }
        let stores: Vec<_> = self.changelogs.iter().map(|one| Rc::clone(&one.store)).collect();
        // By which rows expire.
        told.observed.tell(&stores);
        let staged = self.state.stage(&stores)?;
        let commit = CommitMeta { position: told.position.clone(), ..CommitMeta::default() };
        self.state.apply(staged, commit, &stores)?;
        self.reached = Some(Reached { at_ms: set_at_ms, told });
        Ok(true)
    }

    /// Records of the changelogs that it lacks, as of the last look.
    pub(super) fn lag(&self) -> u64 {
        self.changelogs.iter().map(|one| (one.end - one.next).max(0) as u64).sum()
    }

    /// What queries may see; `None` until it has once caught up, because before nobody knows how old it is.
    pub(super) fn view(&self) -> Option<TaskView> {
        let Reached { at_ms, told } = self.reached.as_ref()?;
        let staleness = Staleness { records: self.lag(), as_of_ms: *at_ms };
        Some(TaskView { reader: self.state.reader(), staleness: Some(staleness), ..TaskView::clone(told) })
    }
}
