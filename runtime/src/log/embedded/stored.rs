//! Reads batches from the database and checks them.

use std::ops::ControlFlow;

use bytes::Bytes;
use tillstream_stores::rocks::ScanRange;
use tillstream_topology::TopicPartition;

use super::batch::{Batch, Damage};
use super::partition::Partition;
use super::shared::Shared;
use crate::log::LogError;

impl Partition {
    pub(super) fn corrupt(&self, offset: i64, damage: Damage) -> LogError {
        LogError::Corrupt { partition: self.name.clone(), offset, detail: damage.to_string() }
    }

    /// The range of keys of the batches that end in `from..to`.
    pub(super) fn ending_in(&self, from: i64, to: i64) -> ScanRange {
        ScanRange::new(self.key.batch(from), self.key.batch(to))
    }
}

impl Shared {
    /// Batches that end in `from..end`, until they make up `budget` bytes (at least one), and the offset that comes
    /// behind them: `end` when there are no more.
    pub(super) fn stored_batches(
        &self,
        partition: &Partition,
        from: i64,
        end: i64,
        budget: usize,
    ) -> Result<(Vec<Batch>, i64), LogError> {
        let mut batches: Vec<Batch> = Vec::new();
        let mut left = budget;
        let mut damaged = None;
        let mut next_offset = end;
        self.store.read_at(partition, from, |database| {
            database.scan(partition.column, &partition.ending_in(from, end), |key, value| {
                let last_offset = last_offset(key);
                match read(last_offset, value) {
                    Ok(batch) => batches.push(batch),
                    Err(damage) => damaged = Some((last_offset, damage)),
                }
                left = left.saturating_sub(value.len());
                if left > 0 && damaged.is_none() {
                    return ControlFlow::Continue(());
                }
                next_offset = batches.last().map_or(from, |last| last.header.last_offset + 1);
                ControlFlow::Break(())
            })
        })?;
        match damaged {
            // What lies before the damage is good: it is given out first.
            Some((offset, damage)) if batches.is_empty() => Err(partition.corrupt(offset, damage)),
            _ => Ok((batches, next_offset)),
        }
    }

    pub(super) fn offset_for_time(&self, wanted: &TopicPartition, timestamp: i64) -> Result<Option<i64>, LogError> {
        let partition = self.partition(wanted)?;
        let state = partition.state();
        let mut at = state.start;
        while at < state.end {
            let budget = self.options.partition_fetch_bytes;
            let (batches, next) = self.stored_batches(&partition, at, state.end, budget)?;
            for batch in batches.iter().filter(|batch| batch.header.max_timestamp >= timestamp) {
                for record in batch.records() {
                    let offset = batch.header.last_offset;
                    let record = record.map_err(|damage| partition.corrupt(offset, damage))?;
                    if record.offset >= at && record.timestamp >= timestamp {
                        return Ok(Some(record.offset));
                    }
                }
            }
            at = next;
        }
        Ok(None)
    }
}

fn read(last_offset: i64, value: &[u8]) -> Result<Batch, Damage> {
    let batch = Batch::checked(Bytes::copy_from_slice(value))?;
    if batch.header.last_offset != last_offset {
        return Err(Damage("it lies under the offset of another batch"));
    }
    Ok(batch)
}

/// The offset that a key of a batch ends with.
pub(super) fn last_offset(key: &[u8]) -> i64 {
    key.last_chunk().map_or(-1, |offset| i64::from_be_bytes(*offset))
}
