//! Reads the partitions it was assigned.

use std::sync::Arc;
use std::time::Duration;

use tillstream_topology::TopicPartition;

use super::batch::Batch;
use super::lock;
use super::partition::Partition;
use super::shared::Shared;
use crate::log::signal::deadline_after;
use crate::log::{Fetched, LogError, LogReader};

/// The reader of an embedded log.
#[derive(Debug)]
pub(super) struct EmbeddedReader {
    shared: Arc<Shared>,
    assigned: Vec<Assigned>,
    /// Which partition is asked first; moves on with every poll, so that a busy one does not starve the others.
    first: usize,
}

#[derive(Debug)]
struct Assigned {
    partition: Arc<Partition>,
    next_offset: i64,
    paused: bool,
}

impl EmbeddedReader {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, assigned: Vec::new(), first: 0 }
    }

    fn find(&mut self, partition: &TopicPartition) -> Option<&mut Assigned> {
        self.assigned.iter_mut().find(|assigned| assigned.partition.name == *partition)
    }

    fn fetch(&mut self) -> Result<Vec<Fetched>, LogError> {
        let mut fetched = Vec::new();
        let mut budget = self.shared.options.fetch_bytes;
        let first = self.first.min(self.assigned.len());
        self.first = if first + 1 < self.assigned.len() { first + 1 } else { 0 };
        let (later, sooner) = self.assigned.split_at_mut(first);
        for assigned in sooner.iter_mut().chain(later).filter(|assigned| !assigned.paused) {
            if budget == 0 {
                break;
            }
            match assigned.fetch(&self.shared, &mut budget) {
                Ok(part) => fetched.extend(part),
                Err(error) if fetched.is_empty() => return Err(error),
                // The others have moved on: theirs first. The partition in trouble comes first in its turn.
                Err(_) => break,
            }
        }
        Ok(fetched)
    }
}

impl LogReader for EmbeddedReader {
    fn assign(&mut self, partition: &TopicPartition, offset: i64) -> Result<(), LogError> {
        if let Some(assigned) = self.find(partition) {
            assigned.next_offset = offset;
            return Ok(());
        }
        let partition = self.shared.partition(partition)?;
        self.assigned.push(Assigned { partition, next_offset: offset, paused: false });
        Ok(())
    }

    fn unassign(&mut self, partition: &TopicPartition) {
        self.assigned.retain(|assigned| assigned.partition.name != *partition);
    }

    fn pause(&mut self, partition: &TopicPartition) {
        if let Some(assigned) = self.find(partition) {
            assigned.paused = true;
        }
    }

    fn resume(&mut self, partition: &TopicPartition) {
        if let Some(assigned) = self.find(partition) {
            assigned.paused = false;
        }
    }

    fn poll(&mut self, timeout: Duration) -> Result<Vec<Fetched>, LogError> {
        let deadline = deadline_after(timeout);
        loop {
            let seen = self.shared.signal.seen();
            let fetched = self.fetch()?;
            if !fetched.is_empty() || !self.shared.signal.wait(seen, deadline) {
                return Ok(fetched);
            }
        }
    }
}

impl Assigned {
    fn fetch(&mut self, shared: &Shared, budget: &mut usize) -> Result<Option<Fetched>, LogError> {
        let state = self.partition.state();
        if self.next_offset < state.start || self.next_offset > state.end {
            return Err(self.partition.out_of_range(self.next_offset, &state));
        }
        if self.next_offset == state.end {
            return Ok(None);
        }
        let wanted = shared.options.partition_fetch_bytes.min(*budget);
        let (batches, next_offset) = shared.batches(&self.partition, self.next_offset, state.end, wanted)?;
        // Records deleted while they were being read must not look like a gap.
        let now = self.partition.state();
        if self.next_offset < now.start {
            return Err(self.partition.out_of_range(self.next_offset, &now));
        }
        let mut records = Vec::new();
        for batch in &batches {
            *budget = budget.saturating_sub(batch.bytes.len());
            batch
                .collect_from(self.next_offset, &mut records)
                .map_err(|damage| self.partition.corrupt(batch.header.last_offset, damage))?;
        }
        self.next_offset = next_offset;
        Ok(Some(Fetched { partition: self.partition.name.clone(), records, end_offset: state.end, next_offset }))
    }
}

impl Shared {
    /// Batches from the one that holds `from` on, up to `end`, until they make up `budget` bytes (at least one), and
    /// the offset that comes behind them.
    fn batches(
        &self,
        partition: &Partition,
        from: i64,
        end: i64,
        budget: usize,
    ) -> Result<(Vec<Batch>, i64), LogError> {
        let recent = lock(&self.recent).from(partition.key, from, end, budget);
        match recent.last() {
            Some(last) => {
                let next_offset = last.header.last_offset + 1;
                Ok((recent, next_offset))
            }
            None => self.stored_batches(partition, from, end, budget),
        }
    }
}
