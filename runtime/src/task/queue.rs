//! The waiting records of one input partition.

use std::collections::{BTreeMap, VecDeque};

use tillstream_topology::{RawRecord, TopicPartition};

use crate::trace::Hop;

/// Records fetched and not yet processed, and how far the partition is read, processed and committed.
#[derive(Debug)]
pub(crate) struct PartitionQueue {
    pub(crate) partition: TopicPartition,
    waiting: VecDeque<RawRecord>,
    /// The head, once it was prepared: its event time.
    pub(crate) head_time: Option<i64>,
    /// The head, once it was prepared, if it belongs to a trace that is followed. Boxed: it is set with every record.
    pub(crate) head_hop: Option<Box<Hop>>,
    /// When the waiting records came, a poll an entry: the offset behind its last, and the wall clock.
    arrivals: VecDeque<(i64, i64)>,
    /// The next offset to process.
    pub(crate) position: i64,
    /// The next offset the reader will bring.
    pub(crate) fetched_to: i64,
    /// The log's end as last told.
    pub(crate) end: i64,
    /// Whether `end` was asked for after the last records of the task's other queues were fetched. Only then does an empty
    /// queue at its end mean that nothing earlier than those records is in the log.
    pub(crate) end_is_sure: bool,
    /// What the last transaction committed.
    pub(crate) committed: i64,
    pub(crate) paused: bool,
    /// Records that failed while they were processed, by offset: they go to the dead letters when they come up again.
    pub(crate) poison: BTreeMap<i64, tillstream_topology::ProcessError>,
}

impl PartitionQueue {
    pub(crate) fn new(partition: TopicPartition, committed: i64) -> Self {
        Self {
            partition,
            waiting: VecDeque::new(),
            head_time: None,
            head_hop: None,
            arrivals: VecDeque::new(),
            position: committed,
            fetched_to: committed,
            end: committed,
            end_is_sure: false,
            committed,
            paused: false,
            poison: BTreeMap::new(),
        }
    }

    /// Adds what a poll brought.
    pub(crate) fn add(&mut self, records: Vec<RawRecord>, next_offset: i64, end: i64) {
        self.waiting.extend(records);
        self.fetched_to = next_offset;
        self.end = self.end.max(end);
        if self.waiting.is_empty() {
            // Nothing but compacted records lay between: they are passed.
            self.position = next_offset;
        }
    }

    /// Notes when the records that were added last came, epoch ms.
    pub(crate) fn note_arrival(&mut self, now_ms: i64) {
        let position = self.position;
        let done = self.arrivals.iter().take_while(|(behind, _)| *behind <= position).count();
        self.arrivals.drain(..done);
        self.arrivals.push_back((self.fetched_to, now_ms));
    }

    /// When the head came, where it was noted.
    pub(crate) fn arrived_ms(&self) -> Option<i64> {
        let offset = self.head()?.offset;
        self.arrivals.iter().find(|(behind, _)| *behind > offset).map(|(_, at_ms)| *at_ms)
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(crate) fn head(&self) -> Option<&RawRecord> {
        self.waiting.front()
    }

    /// Takes the head off: it is dealt with.
    pub(crate) fn pop(&mut self) -> Option<RawRecord> {
        let record = self.waiting.pop_front()?;
        self.head_time = None;
        self.head_hop = None;
        self.position = if self.waiting.is_empty() { self.fetched_to } else { record.offset + 1 };
        Some(record)
    }

    /// Whether a record earlier than those waiting in other queues may be in the log although this queue is empty.
    pub(crate) fn may_hold_earlier(&self) -> bool {
        self.waiting.is_empty() && !(self.end_is_sure && self.is_at_end())
    }

    /// Whether the log has to be asked for its end before records of other queues may be processed: as far as is known there is
    /// nothing more, but that may be out of date.
    pub(crate) fn is_end_doubtful(&self) -> bool {
        self.is_at_end() && !self.end_is_sure
    }

    /// How much more lies in the log than was fetched, in offsets.
    pub(crate) fn lag(&self) -> i64 {
        self.end - self.fetched_to
    }

    /// Whether there is nothing to process, here or in the log.
    pub(crate) fn is_at_end(&self) -> bool {
        self.waiting.is_empty() && self.lag() <= 0
    }

    /// Forgets everything behind the last commit; the reader starts there again.
    pub(crate) fn rewind(&mut self) {
        self.waiting.clear();
        self.head_time = None;
        self.head_hop = None;
        self.arrivals.clear();
        self.position = self.committed;
        self.fetched_to = self.committed;
        self.end_is_sure = false;
        self.paused = false;
    }
}
