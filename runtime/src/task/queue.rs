//! The waiting records of one input partition.

use std::collections::{BTreeMap, VecDeque};

use tillstream_topology::{RawRecord, TopicPartition};

/// Records fetched and not yet processed, and how far the partition is read, processed and committed.
#[derive(Debug)]
pub(crate) struct PartitionQueue {
    pub(crate) partition: TopicPartition,
    waiting: VecDeque<RawRecord>,
    /// The head, once it was prepared: its event time.
    pub(crate) head_time: Option<i64>,
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
        self.position = if self.waiting.is_empty() { self.fetched_to } else { record.offset + 1 };
        Some(record)
    }

    /// Whether a record earlier than those waiting in other queues may be in the log although this queue is empty.
    pub(crate) fn may_hold_earlier(&self) -> bool {
        self.waiting.is_empty() && (!self.end_is_sure || self.has_lag())
    }

    /// Whether more lies in the log than was fetched.
    pub(crate) fn has_lag(&self) -> bool {
        self.fetched_to < self.end
    }

    /// Forgets everything behind the last commit; the reader starts there again.
    pub(crate) fn rewind(&mut self) {
        self.waiting.clear();
        self.head_time = None;
        self.position = self.committed;
        self.fetched_to = self.committed;
        self.end_is_sure = false;
        self.paused = false;
    }
}
