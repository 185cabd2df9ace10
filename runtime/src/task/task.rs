//! One task, stepped by its thread.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tillstream_stores::{ObservedTimes, Position};
use tillstream_topology::execution::{Prepared, TaskGraph};
use tillstream_topology::{ProcessError, RawRecord};

use super::PartitionQueue;
use crate::dead_letters::DeadLetter;
use crate::error::Error;
use crate::ids::TaskId;
use crate::ledger::Entry;
use crate::log::Fetched;
use crate::progress::Progress;
use crate::standby::Claim;
use crate::trace::{Hop, Hops};

/// What one step of a task did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A record was dealt with.
    Processed,
    /// Nothing to do: queues are empty.
    Empty,
    /// Records wait, but an input that may hold earlier ones was not fetched yet, or its end is not known.
    Waiting,
    /// A record failed half-way. The task must be rolled back; the record is marked and will be set aside next time.
    Failed,
}

/// Operators, state and queues of one partition of one sub-topology.
pub(crate) struct Task {
    pub(crate) id: TaskId,
    pub(crate) graph: TaskGraph,
    /// One for each input of the graph, in the same order.
    pub(crate) queues: Vec<PartitionQueue>,
    pub(crate) dead_letters: Vec<DeadLetter>,
    /// Clocks and all-time counts as of the last commit.
    pub(crate) committed: Progress,
    /// Counts since then, by input.
    pub(crate) entries: Vec<Entry>,
    /// Sender times announced at the last commit, by topic.
    pub(crate) announced: BTreeMap<String, i64>,
    /// Since when, by the wall clock, the inputs have been at their end.
    pub(crate) idle_since_ms: Option<i64>,
    /// They have been for long enough: the task stands aside in the receivers' watermarks.
    pub(crate) idle: bool,
    pub(crate) announced_idle: bool,
    pub(crate) processed: u64,
    /// Commit the offsets although they did not move.
    pub(crate) renew_offsets: bool,
    /// Spans since the last commit; `None`: nobody wants to hear of them.
    pub(crate) hops: Option<Hops>,
    /// Last, so that the state is closed before a standby may open it.
    pub(crate) _claim: Claim,
}

impl std::fmt::Debug for Task {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Task").field("id", &self.id).field("queues", &self.queues).finish_non_exhaustive()
    }
}

impl Task {
    /// Deals with the waiting record of the lowest event time.
    ///
    /// # Errors
    /// When a store fails; a record's own fault is no error.
    pub(crate) fn step(&mut self) -> Result<Step, Error> {
        self.prepare_heads()?;
        let next =
            self.queues.iter().enumerate().filter_map(|(input, queue)| queue.head_time.map(|time| (time, input))).min();
        let Some((time, input)) = next else { return Ok(Step::Empty) };
        // An empty queue may stand for an earlier record that was not fetched yet: without this the order would depend on the
        // reading speed.
        if self.queues.iter().any(PartitionQueue::may_hold_earlier) {
            return Ok(Step::Waiting);
        }
        self.process(input, time)
    }

    fn process(&mut self, input: usize, time: i64) -> Result<Step, Error> {
        let before = self.graph.dropped();
        let graph = &mut self.graph;
        let Some(queue) = self.queues.get(input) else { return Ok(Step::Empty) };
        let Some(record) = queue.head() else { return Ok(Step::Empty) };
        let begun_ms = self.hops.as_ref().filter(|_| queue.head_hop.is_some()).map_or(0, Hops::now_ms);
        let outcome = guarded(|| {
            graph.process(input, record, time)?;
            graph.punctuate_stream_time().map(|_| ())
        });
        match outcome {
            Ok(()) => {
                let after = self.graph.dropped();
                if let Some(entry) = self.entries.get_mut(input) {
                    entry.count(before, after);
                }
                if let Some(queue) = self.queues.get_mut(input) {
                    if let (Some(hops), Some(hop)) = (&mut self.hops, &queue.head_hop) {
                        hops.leave(hop, begun_ms, &queue.partition, None);
                    }
                    queue.pop();
                }
                self.processed += 1;
                Ok(Step::Processed)
            }
            Err(error) if error.blames_record() => {
                if let Some(queue) = self.queues.get_mut(input)
                    && let Some(offset) = queue.head().map(|record| record.offset)
                {
                    queue.poison.insert(offset, error);
                }
                Ok(Step::Failed)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Deserialises the head of each queue that has none prepared; sets aside what cannot be read.
    fn prepare_heads(&mut self) -> Result<(), Error> {
        for (input, queue) in self.queues.iter_mut().enumerate() {
            let Some(entry) = self.entries.get_mut(input) else { continue };
            while queue.head_time.is_none() {
                let Some(offset) = queue.head().map(|record| record.offset) else { break };
                let poison = queue.poison.remove(&offset);
                let Some(record) = queue.head() else { break };
                let hop =
                    self.hops.as_ref().and_then(|hops| hops.meet(record, &queue.partition, || queue.arrived_ms()));
                let outcome = match poison {
                    Some(error) => Err(error),
                    None => prepare(&mut self.graph, input, record, hop.as_deref()),
                };
                match outcome {
                    Ok(Prepared::Ready(time)) => (queue.head_time, queue.head_hop) = (Some(time), hop),
                    Ok(Prepared::Marker) => drop(queue.pop()),
                    Ok(Prepared::Skipped) => {
                        entry.count_skipped();
                        queue.pop();
                    }
                    Err(error) if error.blames_record() => {
                        entry.count_dead();
                        if let (Some(hops), Some(hop)) = (&mut self.hops, hop) {
                            hops.leave(&hop, hops.now_ms(), &queue.partition, Some(error.class()));
                        }
                        if let Some(record) = queue.pop() {
                            self.dead_letters.push(DeadLetter::new(record, &queue.partition, &error));
                        }
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(())
    }

    /// Takes in what a poll brought for one of the inputs.
    pub(crate) fn add(&mut self, fetched: Fetched) {
        // The new records may be later than some that arrived meanwhile in a queue thought to be at its end.
        self.queues.iter_mut().for_each(|queue| queue.end_is_sure = false);
        if let Some(queue) = self.queues.iter_mut().find(|queue| queue.partition == fetched.partition) {
            queue.add(fetched.records, fetched.next_offset, fetched.end_offset);
            if let Some(hops) = &self.hops {
                queue.note_arrival(hops.now_ms());
            }
        }
    }

    /// Event time of the record that would be processed next, for fairness between tasks.
    pub(crate) fn next_time(&self) -> i64 {
        self.queues
            .iter()
            .filter_map(|queue| queue.head_time.or_else(|| queue.head().map(|record: &RawRecord| record.timestamp)))
            .min()
            .unwrap_or(i64::MAX)
    }

    /// Whether there is anything to commit.
    pub(crate) fn is_dirty(&self) -> bool {
        self.renew_offsets
            || self.queues.iter().any(|queue| queue.position != queue.committed)
            || self.graph.dirty_bytes() > 0
    }

    /// Closes the state.
    pub(crate) fn close(self) -> TaskId {
        drop(self.graph.into_state());
        self.id
    }

    /// Next offsets of the inputs, as of now.
    pub(crate) fn position(&self) -> Position {
        let mut position = Position::default();
        for queue in &self.queues {
            position.set(&queue.partition.topic, queue.partition.partition, queue.position);
        }
        position
    }

    /// Clocks and all-time counts as of now: what the next commit saves.
    pub(crate) fn progress(&self) -> Progress {
        let stream_time = self.graph.stream_time();
        let mut progress = Progress {
            times: self.graph.times(),
            observed: ObservedTimes::of(self.graph.stores()),
            position: self.position(),
            stream_time,
            ..self.committed.clone()
        };
        for (input, entry) in self.graph.inputs().iter().zip(&self.entries) {
            let ledger = if input.internal { &mut progress.internal } else { &mut progress.ledger };
            *ledger.entry(input.topic.to_string()).or_default() += *entry;
        }
        progress
    }
}

/// Prepares a record; the operators see that of a trace as it is inside its span, and the original stays for the dead letters.
fn prepare(
    graph: &mut TaskGraph,
    input: usize,
    record: &RawRecord,
    hop: Option<&Hop>,
) -> Result<Prepared, ProcessError> {
    match hop {
        None => guarded(|| graph.prepare(input, record)),
        Some(hop) => guarded(|| graph.prepare(input, &hop.inside(record))),
    }
}

/// Runs user code; a panic in it is the record's fault, not the end of the thread.
fn guarded<T>(f: impl FnOnce() -> Result<T, ProcessError>) -> Result<T, ProcessError> {
    // The graph is dropped and wired anew after a failure, so nothing half-done is seen again.
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
        Err(ProcessError::refused("panic", format!("an operator panicked: {text}")))
    })
}
