//! Leaves out of batches what newer records have replaced, and joins small batches on the way.

use super::key_index::KeyIndex;
use crate::log::embedded::CompactionOptions;
use crate::log::embedded::batch::{Batch, BatchBuilder, Damage, RecordView, SealedBatch};

/// What a step changes: batches that go, by their last offset, and batches that come in their place.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) gone: Vec<i64>,
    pub(super) come: Vec<SealedBatch>,
    /// Bytes of the batches that were read.
    pub(super) bytes_before: u64,
    /// Bytes of what is left of them.
    pub(super) bytes_after: u64,
}

/// Walks batches in offset order.
#[derive(Debug)]
pub(super) struct Rewriter<'a> {
    pub(super) index: &'a KeyIndex,
    pub(super) options: &'a CompactionOptions,
    pub(super) batch_bytes: usize,
    pub(super) now_ms: i64,
    builder: BatchBuilder,
    /// Last offset and size of the batches whose records are in the builder.
    inputs: Vec<(i64, u64)>,
    /// Whether the builder holds anything else than its one input.
    changed: bool,
    changes: Changes,
}

/// What becomes of the records of one batch.
struct Verdict {
    superseded: usize,
    /// Whether it has tombstones that no cleaning has seen before.
    new_tombstones: bool,
}

impl<'a> Rewriter<'a> {
    pub(super) fn new(index: &'a KeyIndex, options: &'a CompactionOptions, batch_bytes: usize, now_ms: i64) -> Self {
        Self {
            index,
            options,
            batch_bytes,
            now_ms,
            builder: BatchBuilder::default(),
            inputs: Vec::new(),
            changed: false,
            changes: Changes::default(),
        }
    }

    pub(super) fn take(&mut self, batch: &Batch) -> Result<(), Damage> {
        let size = batch.bytes.len() as u64;
        self.changes.bytes_before += size;
        let verdict = self.judge(batch)?;
        let as_it_should_be = verdict.superseded == 0 && !verdict.new_tombstones;
        if as_it_should_be && batch.bytes.len() >= self.batch_bytes / 2 {
            self.finish_batch();
            self.changes.bytes_after += size;
            return Ok(());
        }
        self.changed |= !as_it_should_be || !self.inputs.is_empty();
        self.inputs.push((batch.header.last_offset, size));
        for record in batch.records() {
            let record = record?;
            if self.keeps(batch, &record) {
                self.builder.push_view(&record);
                if record.is_tombstone() {
                    self.builder.raise_delete_horizon(self.horizon(batch));
                }
            }
        }
        if self.builder.byte_size() >= self.batch_bytes {
            self.finish_batch();
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Changes {
        self.finish_batch();
        self.changes
    }

    fn finish_batch(&mut self) {
        let Some((last, size)) = self.inputs.last().copied() else {
            return;
        };
        let inputs = std::mem::take(&mut self.inputs);
        if !std::mem::take(&mut self.changed) {
            self.builder.clear();
            self.changes.bytes_after += size;
            return;
        }
        let gone = inputs.iter().map(|(last, _)| *last);
        match self.builder.seal() {
            None => self.changes.gone.extend(gone),
            Some(mut batch) => {
                // Under the key of the last input, which it overwrites: no offset is without an answer at any time.
                batch.stretch_to(last);
                self.changes.bytes_after += batch.byte_size() as u64;
                self.changes.gone.extend(gone.filter(|input| *input != last));
                self.changes.come.push(batch);
            }
        }
    }

    fn judge(&self, batch: &Batch) -> Result<Verdict, Damage> {
        let mut verdict = Verdict { superseded: 0, new_tombstones: false };
        for record in batch.records() {
            let record = record?;
            if !self.keeps(batch, &record) {
                verdict.superseded += 1;
            } else if record.is_tombstone() && batch.header.delete_horizon_ms.is_none() {
                verdict.new_tombstones = true;
            }
        }
        Ok(verdict)
    }

    fn keeps(&self, batch: &Batch, record: &RecordView<'_>) -> bool {
        // Nothing can replace a record without a key.
        let Some(key) = record.key else { return true };
        if self.index.supersedes(key, record.offset) {
            return false;
        }
        let expired = batch.header.delete_horizon_ms.is_some_and(|horizon| self.now_ms >= horizon);
        !(record.is_tombstone() && expired)
    }

    fn horizon(&self, batch: &Batch) -> i64 {
        let new = self.now_ms.saturating_add(self.options.delete_retention_ms);
        batch.header.delete_horizon_ms.unwrap_or(new)
    }
}

impl RecordView<'_> {
    fn is_tombstone(&self) -> bool {
        self.key.is_some() && self.value.is_none()
    }
}
