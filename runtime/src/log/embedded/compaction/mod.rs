//! Compaction of topics that keep the newest record of each key, in steps.
//!
//! A partition is a *clean* part, where each key occurs once, a *dirty* part behind it, and an active head that is left
//! alone. A job first indexes the dirty part (or as much of it as the index may hold), then rewrites everything from the
//! start to where the index ends. Both go on over as many steps as they need; readers are never in the way, for offsets
//! stay and each step replaces whole batches at once. A job that a crash cuts off is begun anew, which does no harm.

mod key_index;
mod rewrite;

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use tillstream_stores::rocks::Durability;

use self::key_index::KeyIndex;
use self::rewrite::{Changes, Rewriter};
use super::keys::{META, PartitionKey};
use super::partition::{Partition, PartitionState, Topic};
use super::shared::Shared;
use super::stored::last_offset;
use crate::log::LogError;

/// The cleaning that is under way, if any.
#[derive(Debug, Default)]
pub(super) struct Cleaning {
    job: Option<Job>,
    /// Partitions with a damaged batch: reported once, then left alone, so that the others are still cleaned.
    damaged: BTreeSet<PartitionKey>,
}

#[derive(Debug)]
struct Job {
    partition: Arc<Partition>,
    index: KeyIndex,
    /// The active head begins here.
    head: i64,
    phase: Phase,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    Index { at: i64 },
    Rewrite { at: i64, to: i64, bytes_kept: u64 },
}

impl Shared {
    /// One step of the job under way, or of a new one if a partition needs it.
    pub(super) fn clean(&self, cleaning: &mut Cleaning, topics: &[Arc<Topic>], now_ms: i64) -> Result<(), LogError> {
        let job = match cleaning.job.take() {
            Some(job) => Some(job),
            None => self.choose(topics, &cleaning.damaged)?,
        };
        let Some(mut job) = job else { return Ok(()) };
        let stepped = match job.phase {
            Phase::Index { at } => self.index_step(&mut job, at).map(Some),
            Phase::Rewrite { at, to, bytes_kept } => self.rewrite_step(&job, (at, to), bytes_kept, now_ms),
        };
        match stepped {
            Ok(Some(phase)) => {
                job.phase = phase;
                cleaning.job = Some(job);
                Ok(())
            }
            Ok(None) => Ok(()),
            Err(error) => {
                if matches!(error, LogError::Corrupt { .. }) {
                    cleaning.damaged.insert(job.partition.key);
                }
                Err(error)
            }
        }
    }

    /// The partition with the largest dirty share, if it is large enough.
    fn choose(&self, topics: &[Arc<Topic>], damaged: &BTreeSet<PartitionKey>) -> Result<Option<Job>, LogError> {
        let compacted = topics.iter().filter(|topic| topic.info.policy.compacts());
        let partitions = compacted.flat_map(|topic| &topic.partitions);
        let wanted = u64::from(self.options.compaction.min_dirty_percent);
        let mut candidates: Vec<_> = partitions
            .filter(|partition| !damaged.contains(&partition.key))
            .map(|partition| (self.dirty_percent(&partition.state()), partition))
            .filter(|(dirty, _)| *dirty > 0 && *dirty >= wanted)
            .collect();
        candidates.sort_by_key(|(dirty, partition)| (Reverse(*dirty), partition.key));
        for (_, partition) in candidates {
            let state = partition.state();
            let head = self.head(partition, &state)?;
            if head > state.clean_to {
                return Ok(Some(Job {
                    partition: Arc::clone(partition),
                    index: KeyIndex::new(self.options.compaction.index_bytes),
                    head,
                    phase: Phase::Index { at: state.clean_to },
                }));
            }
        }
        Ok(None)
    }

    fn dirty_percent(&self, state: &PartitionState) -> u64 {
        let active = self.options.compaction.active_bytes as u64;
        let dirty = state.bytes.saturating_sub(state.clean_bytes).saturating_sub(active);
        (dirty * 100).checked_div(dirty + state.clean_bytes).unwrap_or(0)
    }

    /// Where the newest `active_bytes` begin.
    fn head(&self, partition: &Partition, state: &PartitionState) -> Result<i64, LogError> {
        let active = self.options.compaction.active_bytes;
        let mut newer = 0;
        let mut head = state.start;
        let range = partition.ending_in(state.start, state.end).reversed();
        self.store.read_at(partition, state.end, |database| {
            database.scan(partition.column, &range, |key, value| {
                if newer >= active {
                    head = last_offset(key) + 1;
                    return ControlFlow::Break(());
                }
                newer += value.len();
                ControlFlow::Continue(())
            })
        })?;
        Ok(head)
    }

    fn index_step(&self, job: &mut Job, at: i64) -> Result<Phase, LogError> {
        let partition = &job.partition;
        let budget = self.options.compaction.step_bytes;
        let (batches, next) = self.stored_batches(partition, at, job.head, budget)?;
        for batch in &batches {
            let end = batch.header.last_offset;
            for record in batch.records() {
                let record = record.map_err(|damage| partition.corrupt(end, damage))?;
                if let Some(key) = record.key {
                    job.index.note(key, record.offset);
                }
            }
            if job.index.is_full() {
                return Ok(self.rewrite_from_start(job, end + 1));
            }
        }
        if next >= job.head {
            return Ok(self.rewrite_from_start(job, job.head));
        }
        Ok(Phase::Index { at: next })
    }

    fn rewrite_from_start(&self, job: &Job, to: i64) -> Phase {
        Phase::Rewrite { at: job.partition.state().start, to, bytes_kept: 0 }
    }

    /// Rewrites some batches that end in `at..to`; `None` when all are done.
    fn rewrite_step(
        &self,
        job: &Job,
        (at, to): (i64, i64),
        bytes_kept: u64,
        now_ms: i64,
    ) -> Result<Option<Phase>, LogError> {
        let partition = &job.partition;
        let options = &self.options.compaction;
        let (batches, next) = self.stored_batches(partition, at, to, options.step_bytes)?;
        let mut rewriter = Rewriter::new(&job.index, options, partition.batch_bytes(self.options.batch_bytes), now_ms);
        for batch in &batches {
            let end = batch.header.last_offset;
            rewriter.take(batch).map_err(|damage| partition.corrupt(end, damage))?;
        }
        let changes = rewriter.finish();
        let bytes_kept = bytes_kept + changes.bytes_after;
        let done = next >= to;
        let written = self.write_changes(partition, &changes, at, done.then_some((to, bytes_kept)))?;
        Ok(match written {
            // Records were deleted meanwhile: what was read may be gone, and must not come back.
            Written::Overtaken { start } => Some(Phase::Rewrite { at: start, to: to.max(start), bytes_kept: 0 }),
            Written::Yes if done => None,
            Written::Yes => Some(Phase::Rewrite { at: next, to, bytes_kept }),
        })
    }

    /// Replaces batches that end at `from` or later; with `clean`, notes how far the partition is clean now.
    fn write_changes(
        &self,
        partition: &Partition,
        changes: &Changes,
        from: i64,
        clean: Option<(i64, u64)>,
    ) -> Result<Written, LogError> {
        let mut ledger = self.ledger()?;
        let mut state = partition.state();
        if state.start > from {
            return Ok(Written::Overtaken { start: state.start });
        }
        state.bytes = (state.bytes + changes.bytes_after).saturating_sub(changes.bytes_before);
        if let Some((clean_to, clean_bytes)) = clean {
            state.clean_to = clean_to;
            state.clean_bytes = clean_bytes;
            state.bytes = state.bytes.max(clean_bytes);
        }
        let written = self.store.write(Durability::NoSync, |batch| {
            for last in &changes.gone {
                batch.delete(partition.column, &partition.key.batch(*last));
            }
            for come in &changes.come {
                batch.put(partition.column, &partition.key.batch(come.header().last_offset), come.bytes());
            }
            batch.put(META, &partition.meta_key(), &state.encode());
        });
        self.noting(&mut ledger, written)?;
        partition.publish(state);
        Ok(Written::Yes)
    }
}

enum Written {
    Yes,
    Overtaken { start: i64 },
}
