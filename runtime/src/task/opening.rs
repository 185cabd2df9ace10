//! A task on its way: leased, its state brought up to the end of the changelogs a batch at a time, so that the thread's
//! other tasks go on meanwhile. After a crash that is the tail of one transaction; without a state directory, everything.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use tillstream_stores::{RestoreRecord, StateStore};
use tillstream_topology::execution::TaskGraph;
use tillstream_topology::{RawRecord, TopicPartition};

use super::known::Known;
use super::{PartitionQueue, Task, TaskContext};
use crate::error::Error;
use crate::ids::TaskId;
use crate::ledger::Entry;
use crate::log::{Fetched, LogReader, OffsetRange};
use crate::newest::newest_records;
use crate::progress::Progress;
use crate::standby::Claim;
use crate::trace::Hops;

/// A task whose stores are still behind their changelogs.
pub(crate) struct Opening {
    pub(crate) id: TaskId,
    graph: TaskGraph,
    progress: Progress,
    queues: Vec<PartitionQueue>,
    tails: Vec<StoreTail>,
    hops: Option<Hops>,
    /// Last, so that the state is closed before a standby may open it.
    claim: Claim,
}

/// The part of a changelog that a store lacks.
struct StoreTail {
    store: Rc<RefCell<dyn StateStore>>,
    name: String,
    partition: TopicPartition,
    /// Whether the partition is one of a source topic.
    is_source: bool,
    from: i64,
    next: i64,
    end: i64,
}

impl TaskContext {
    /// Opens tasks: committed offsets, state as far as it is on disk, clocks; what is left are the changelogs' tails. Several
    /// at once, because the log is asked the same for all of them. `reader` reads nothing else meanwhile.
    ///
    /// `before` is told who committed the tasks last, by transactional id, as far as is known without waiting for a transaction to
    /// end; what it does is done before anything is waited for.
    pub(crate) fn begin(
        &self,
        claims: Vec<Claim>,
        reader: &mut dyn LogReader,
        before: impl FnOnce(&BTreeSet<String>),
    ) -> Result<Vec<Opening>, Error> {
        let ids: Vec<TaskId> = claims.iter().map(Claim::id).collect();
        let partitions = self.progress_partitions(&ids);
        let ranges = self.log.offsets(&partitions)?;
        let mut progresses = read_progress(&ids, reader, &partitions, ranges.clone())?;
        before(&progresses.iter().filter_map(|progress| progress.writer.clone()).collect());
        let mut known = Known::ask(self, &ids)?;
        let settled = self.log.settled_offsets(&partitions)?;
        if settled != ranges {
            progresses = read_progress(&ids, reader, &partitions, settled)?;
        }
        let mut openings = Vec::with_capacity(ids.len());
        for (claim, progress) in claims.into_iter().zip(progresses) {
            let id = claim.id();
            known.learn(self, id, &progress);
            openings.push(self.begin_one(claim, progress, &known).map_err(|error| error.of_task(id))?);
        }
        Ok(openings)
    }

    fn begin_one(&self, claim: Claim, progress: Progress, known: &Known) -> Result<Opening, Error> {
        let id = claim.id();
        let state = self.open_state(id, |state| known.lacks(self, id, state))?;
        let graph = self.wire(id, state, &progress)?;
        let tails = self.tails(id, &graph, known);
        for tail in &tails {
            self.restore.restored(id, &tail.name, 0, tail.length());
        }
        let queues = queues(id, &graph, known);
        Ok(Opening { id, graph, progress, queues, tails, hops: self.hops(id), claim })
    }

    fn tails(&self, id: TaskId, graph: &TaskGraph, known: &Known) -> Vec<StoreTail> {
        let mut tails = Vec::new();
        for store in graph.stores() {
            let name = store.borrow().name().to_owned();
            let Some(partition) = self.changelog_partition(id, &name) else { continue };
            let Some(range) = known.changelogs.get(&partition) else { continue };
            let from = self.restored_to(graph.state(), &name, &partition).max(range.start);
            let mut end = range.end;
            let is_source = self.topology.is_source_backed(&name);
            if is_source {
                // The topic goes on behind what was processed of it: a table that ran ahead of its task would give joins rows
                // of the future, and changes the wrong old values.
                end = end.min(known.next.get(&partition).copied().unwrap_or(range.start));
            }
            if from < end {
                tails.push(StoreTail { store: Rc::clone(store), name, partition, is_source, from, next: from, end });
            }
        }
        tails
    }
}

/// What tasks wrote of themselves last, within `ranges` of their progress partitions.
fn read_progress(
    ids: &[TaskId],
    reader: &mut dyn LogReader,
    partitions: &[TopicPartition],
    ranges: Vec<OffsetRange>,
) -> Result<Vec<Progress>, Error> {
    let newest = newest_records(reader, partitions, ranges)?;
    ids.iter().zip(newest).map(|(id, record)| Progress::newest(*id, record)).collect()
}

/// Queues that start where the task goes on, or at the start.
fn queues(id: TaskId, graph: &TaskGraph, known: &Known) -> Vec<PartitionQueue> {
    let inputs = graph.inputs().iter().map(|input| TopicPartition::new(Arc::clone(&input.topic), id.partition));
    let queues = inputs.map(|partition| {
        let range = known.inputs.get(&partition).copied().unwrap_or(OffsetRange { start: 0, end: 0 });
        let next = known.next.get(&partition).copied().unwrap_or(range.start);
        if next < range.start {
            tracing::warn!(task = %id, %partition, records = range.start - next, "deleted before they were processed");
        }
        let mut queue = PartitionQueue::new(partition, next.max(range.start));
        queue.end = range.end;
        queue
    });
    queues.collect()
}

impl Opening {
    /// Where to read what is lacking.
    pub(crate) fn wanted(&self) -> impl Iterator<Item = (&TopicPartition, i64)> {
        self.tails.iter().map(|tail| (&tail.partition, tail.next))
    }

    /// Whether nothing is lacking any more.
    pub(crate) fn is_restored(&self) -> bool {
        self.tails.is_empty()
    }

    /// Takes what a poll brought for one of the changelogs; answers whether that one is done with.
    pub(crate) fn restore(&mut self, fetched: &Fetched, context: &TaskContext) -> Result<bool, Error> {
        let Some(place) = self.tails.iter().position(|tail| tail.partition == fetched.partition) else {
            return Ok(false);
        };
        let Some(tail) = self.tails.get_mut(place) else { return Ok(false) };
        tail.next = fetched.next_offset.min(tail.end);
        let records = restorable(&fetched.records, tail.end, tail.is_source.then_some(&tail.store));
        let lacking = (tail.end - tail.next).max(0) as u64;
        self.graph.state_mut().restore(&tail.store, &records, tail.next, lacking)?;
        let total = tail.length();
        let done = ((tail.next - tail.from).max(0) as u64).min(total);
        context.restore.restored(self.id, &tail.name, done, total);
        let complete = tail.next >= tail.end;
        if complete {
            self.tails.swap_remove(place);
        }
        Ok(complete)
    }

    /// The task, up to date.
    pub(crate) fn finish(self) -> Result<Task, Error> {
        let Opening { id, mut graph, progress, queues, hops, claim, .. } = self;
        let staged = graph.stage()?;
        let entries = vec![Entry::default(); queues.len()];
        let mut task = Task {
            id,
            graph,
            queues,
            dead_letters: Vec::new(),
            committed: progress,
            entries,
            announced: BTreeMap::new(),
            idle_since_ms: None,
            idle: false,
            announced_idle: false,
            processed: 0,
            renew_offsets: false,
            hops,
            _claim: claim,
        };
        let position = task.position();
        task.graph.apply(staged, Vec::new(), position)?;
        Ok(task)
    }

    /// Closes the state; what was restored so far is kept on disk.
    pub(crate) fn close(self, context: &TaskContext) {
        self.tails.iter().for_each(|tail| context.restore.given_up(self.id, &tail.name));
        drop(self.graph.into_state());
    }
}

impl StoreTail {
    /// Offsets to pass.
    fn length(&self) -> u64 {
        (self.end - self.from).max(0) as u64
    }
}

/// The parts of the records before the offset `end` that stores restore from. Of a source topic, which stands in for the changelog
/// of the store `source`, without records that processing refuses, as dead letters, before any operator sees them.
pub(crate) fn restorable<'a>(
    records: &'a [RawRecord],
    end: i64,
    source: Option<&Rc<RefCell<dyn StateStore>>>,
) -> Vec<RestoreRecord<'a>> {
    let parts = records.iter().take_while(|record| record.offset < end).filter_map(|record| {
        Some(RestoreRecord { key: record.key.as_deref()?, value: record.value.as_deref(), timestamp: record.timestamp })
    });
    let is_good = |record: &RestoreRecord<'_>| {
        source.is_none_or(|store| record.timestamp >= 0 && store.borrow().can_read(*record))
    };
    parts.filter(is_good).collect()
}
