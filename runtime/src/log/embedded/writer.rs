//! Appends records in transactions.

use std::collections::hash_map::Entry;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use tillstream_stores::Headers;
use tillstream_topology::TopicPartition;

use super::batch::{BatchBuilder, Producer, SealedBatch};
use super::commit::Transaction;
use super::partition::Partition;
use super::shared::Shared;
use crate::log::{Append, CommitOutcome, LogError, LogWriter, PartitionOffset};

/// The writer of an embedded log. An open transaction is memory of the writer alone: dropping it leaves no trace, and
/// however long it stays open, nobody waits for it.
#[derive(Debug)]
pub(super) struct EmbeddedWriter {
    shared: Arc<Shared>,
    transactional_id: Arc<str>,
    producer: Producer,
    topics: FxHashMap<Arc<str>, Vec<OpenPartition>>,
    /// Partitions with an unfinished batch, in the order of their first record.
    touched: Vec<(Arc<str>, u32)>,
    batches: Vec<(Arc<Partition>, SealedBatch)>,
    offsets: Vec<(Arc<str>, Arc<Partition>, i64)>,
}

/// The batch that is being filled for a partition.
#[derive(Debug)]
struct OpenPartition {
    partition: Arc<Partition>,
    builder: BatchBuilder,
    batch_bytes: usize,
    /// Number of records in it; the offset of the next, counted from its first.
    records: i64,
}

impl EmbeddedWriter {
    pub(super) fn new(shared: Arc<Shared>, transactional_id: Arc<str>, producer: Producer) -> Self {
        Self {
            shared,
            transactional_id,
            producer,
            topics: FxHashMap::default(),
            touched: Vec::new(),
            batches: Vec::new(),
            offsets: Vec::new(),
        }
    }

    fn seal_all(&mut self) {
        for (topic, partition) in self.touched.drain(..) {
            let open = self.topics.get_mut(&topic);
            if let Some(open) = open.and_then(|open| open.get_mut(partition as usize)) {
                open.seal_into(&mut self.batches);
            }
        }
    }
}

impl LogWriter for EmbeddedWriter {
    fn append(&mut self, record: Append<'_>) -> Result<(), LogError> {
        let bytes = byte_size(&record);
        let options = &self.shared.options;
        if bytes > options.max_record_bytes {
            return Err(LogError::RecordTooLarge {
                topic: Arc::clone(record.topic),
                bytes,
                limit: options.max_record_bytes,
            });
        }
        let unknown = || LogError::UnknownTopic(TopicPartition::new(Arc::clone(record.topic), record.partition));
        let partitions = match self.topics.entry(Arc::clone(record.topic)) {
            Entry::Occupied(open) => open.into_mut(),
            Entry::Vacant(new) => {
                let topic = self.shared.topic(record.topic).ok_or_else(unknown)?;
                let open = |partition| OpenPartition::new(partition, options.batch_bytes);
                new.insert(topic.partitions.iter().map(open).collect())
            }
        };
        let open = partitions.get_mut(record.partition as usize).ok_or_else(unknown)?;
        if open.builder.byte_size() + bytes > open.batch_bytes {
            open.seal_into(&mut self.batches);
        }
        if open.records == 0 {
            self.touched.push((Arc::clone(record.topic), record.partition));
        }
        open.builder.push(open.records, record.timestamp, record.key, record.value, record.headers);
        open.records += 1;
        Ok(())
    }

    fn send_offsets(&mut self, group: &str, offsets: &[PartitionOffset]) -> Result<(), LogError> {
        let group: Arc<str> = group.into();
        for PartitionOffset { partition, offset } in offsets {
            let partition = self.shared.partition(partition)?;
            self.offsets.push((Arc::clone(&group), partition, *offset));
        }
        Ok(())
    }

    /// [`LogError::Full`] keeps the transaction, so that committing again writes it. `next_offsets` come by topic and
    /// partition.
    fn commit(&mut self) -> Result<CommitOutcome, LogError> {
        self.seal_all();
        if self.batches.is_empty() && self.offsets.is_empty() {
            return Ok(CommitOutcome::default());
        }
        let committed = self.shared.commit(Transaction {
            transactional_id: Arc::clone(&self.transactional_id),
            producer: self.producer,
            batches: std::mem::take(&mut self.batches),
            offsets: std::mem::take(&mut self.offsets),
        });
        committed.map_err(|refused| {
            if let Some(transaction) = refused.transaction {
                self.batches = transaction.batches;
                self.offsets = transaction.offsets;
            }
            refused.error
        })
    }

    fn abort(&mut self) {
        for (topic, partition) in self.touched.drain(..) {
            let open = self.topics.get_mut(&topic);
            if let Some(open) = open.and_then(|open| open.get_mut(partition as usize)) {
                open.builder.clear();
                open.records = 0;
            }
        }
        self.batches.clear();
        self.offsets.clear();
    }
}

impl OpenPartition {
    fn new(partition: &Arc<Partition>, configured_bytes: usize) -> Self {
        Self {
            partition: Arc::clone(partition),
            batch_bytes: partition.batch_bytes(configured_bytes),
            builder: BatchBuilder::default(),
            records: 0,
        }
    }

    fn seal_into(&mut self, batches: &mut Vec<(Arc<Partition>, SealedBatch)>) {
        self.records = 0;
        if let Some(batch) = self.builder.seal() {
            batches.push((Arc::clone(&self.partition), batch));
        }
    }
}

fn byte_size(record: &Append<'_>) -> usize {
    let length = |bytes: Option<&[u8]>| bytes.map_or(0, <[u8]>::len);
    length(record.key) + length(record.value) + headers_size(record.headers)
}

fn headers_size(headers: &Headers) -> usize {
    if headers.is_empty() {
        return 0;
    }
    let one = |(name, value): (&str, Option<&bytes::Bytes>)| name.len() + value.map_or(0, |value| value.len());
    headers.iter().map(one).sum()
}
