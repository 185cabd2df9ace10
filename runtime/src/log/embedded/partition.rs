//! Topics, their partitions, and what is known of each partition.

use std::sync::{Arc, Mutex};

use tillstream_topology::TopicPartition;

use super::keys::{AGING, COMPACTED, Fields, KEPT, PARTITION, PURGED, PartitionKey};
use super::lock;
use crate::log::{CleanupPolicy, LogError, OffsetRange, TopicInfo};

/// A topic and its partitions.
#[derive(Debug)]
pub(super) struct Topic {
    pub(super) id: u32,
    pub(super) info: TopicInfo,
    pub(super) partitions: Vec<Arc<Partition>>,
}

/// What the names of repartition topics end with, as in Kafka Streams.
const REPARTITION: &str = "-repartition";
/// Batches of compacted topics stay small, so that the database keeps them among its keys and clears up behind them:
/// in a file of large values one that lives would hold on to all that have been replaced.
const COMPACTED_BATCH_BYTES: usize = 32 << 10;

impl Topic {
    pub(super) fn new(id: u32, info: TopicInfo) -> Self {
        let column = column(&info);
        let partitions = (0..info.partitions)
            .map(|partition| {
                Arc::new(Partition {
                    name: TopicPartition::new(Arc::clone(&info.name), partition),
                    key: PartitionKey { topic: id, partition },
                    column,
                    state: Mutex::default(),
                })
            })
            .collect();
        Self { id, info, partitions }
    }

    /// The value under the topic's key.
    pub(super) fn encode(&self) -> Vec<u8> {
        let (tag, limit) = match self.info.policy {
            CleanupPolicy::Delete { retention_ms: None } => (0, 0),
            CleanupPolicy::Delete { retention_ms: Some(limit) } => (1, limit),
            CleanupPolicy::Compact => (2, 0),
            CleanupPolicy::CompactAndDelete => (3, 0),
        };
        let mut value = self.info.partitions.to_be_bytes().to_vec();
        value.push(tag);
        value.extend(limit.to_be_bytes());
        value.extend(self.info.name.as_bytes());
        value
    }

    pub(super) fn decode(id: u32, value: &[u8]) -> Option<Self> {
        let mut fields = Fields(value);
        let partitions = fields.u32()?;
        let policy = match (fields.u8()?, fields.i64()?) {
            (0, _) => CleanupPolicy::Delete { retention_ms: None },
            (1, limit) => CleanupPolicy::Delete { retention_ms: Some(limit) },
            (2, _) => CleanupPolicy::Compact,
            (3, _) => CleanupPolicy::CompactAndDelete,
            _ => return None,
        };
        let name = std::str::from_utf8(fields.0).ok()?.into();
        Some(Self::new(id, TopicInfo { name, partitions, policy }))
    }
}

fn column(info: &TopicInfo) -> &'static str {
    match info.policy {
        CleanupPolicy::Compact | CleanupPolicy::CompactAndDelete => COMPACTED,
        CleanupPolicy::Delete { .. } if info.name.ends_with(REPARTITION) => PURGED,
        CleanupPolicy::Delete { retention_ms: Some(_) } => AGING,
        CleanupPolicy::Delete { retention_ms: None } => KEPT,
    }
}

/// One partition. Its state is changed by whoever holds the ledger, after the change was written; everyone reads it.
#[derive(Debug)]
pub(super) struct Partition {
    pub(super) name: TopicPartition,
    pub(super) key: PartitionKey,
    /// Where its batches lie.
    pub(super) column: &'static str,
    state: Mutex<PartitionState>,
}

impl Partition {
    pub(super) fn state(&self) -> PartitionState {
        *lock(&self.state)
    }

    /// Makes `state` what readers see.
    pub(super) fn publish(&self, state: PartitionState) {
        *lock(&self.state) = state;
    }

    /// Size at which its batches are closed, of `configured` ones.
    pub(super) fn batch_bytes(&self, configured: usize) -> usize {
        if self.column == COMPACTED { configured.min(COMPACTED_BATCH_BYTES) } else { configured }
    }

    pub(super) fn meta_key(&self) -> Vec<u8> {
        self.key.meta(PARTITION)
    }

    pub(super) fn out_of_range(&self, offset: i64, state: &PartitionState) -> LogError {
        LogError::OffsetOutOfRange { partition: self.name.clone(), offset, start: state.start, end: state.end }
    }
}

/// What is kept about a partition, written with every change of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct PartitionState {
    /// First readable offset.
    pub(super) start: i64,
    /// Offset behind the last committed record.
    pub(super) end: i64,
    /// Bytes of all batches, near enough to decide when to clean.
    pub(super) bytes: u64,
    /// Below this offset each key occurs once.
    pub(super) clean_to: i64,
    /// Bytes of the batches below `clean_to`.
    pub(super) clean_bytes: u64,
}

impl PartitionState {
    pub(super) fn range(&self) -> OffsetRange {
        OffsetRange { start: self.start, end: self.end }
    }

    /// The state after everything before `start` was given up. Sizes shrink in proportion.
    pub(super) fn cut_before(&self, start: i64) -> Self {
        let share = |bytes: u64, to: i64| {
            let all = (to - self.start).max(1).unsigned_abs();
            let left = (to - start).max(0).unsigned_abs().min(all);
            u64::try_from(u128::from(bytes) * u128::from(left) / u128::from(all)).unwrap_or(bytes)
        };
        Self {
            start,
            bytes: share(self.bytes, self.end),
            clean_bytes: share(self.clean_bytes, self.clean_to),
            clean_to: self.clean_to.max(start),
            ..*self
        }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut value = Vec::with_capacity(40);
        value.extend(self.start.to_be_bytes());
        value.extend(self.end.to_be_bytes());
        value.extend(self.bytes.to_be_bytes());
        value.extend(self.clean_to.to_be_bytes());
        value.extend(self.clean_bytes.to_be_bytes());
        value
    }

    pub(super) fn decode(value: &[u8]) -> Option<Self> {
        let mut fields = Fields(value);
        Some(Self {
            start: fields.i64()?,
            end: fields.i64()?,
            bytes: fields.u64()?,
            clean_to: fields.i64()?,
            clean_bytes: fields.u64()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_and_a_state_come_back_as_they_were_written() {
        for policy in [
            CleanupPolicy::Delete { retention_ms: None },
            CleanupPolicy::Delete { retention_ms: Some(5) },
            CleanupPolicy::Compact,
            CleanupPolicy::CompactAndDelete,
        ] {
            let info = TopicInfo { name: "orders".into(), partitions: 3, policy };
            let topic = Topic::new(4, info.clone());
            let read = Topic::decode(4, &topic.encode());
            assert_eq!(read.map(|topic| topic.info), Some(info));
        }
        let state = PartitionState { start: 1, end: 2, bytes: 3, clean_to: 4, clean_bytes: 5 };
        assert_eq!(PartitionState::decode(&state.encode()), Some(state));
    }

    #[test]
    fn cutting_shrinks_the_sizes_in_proportion() {
        let state = PartitionState { start: 100, end: 300, bytes: 2000, clean_to: 200, clean_bytes: 800 };
        let cut = state.cut_before(150);
        assert_eq!((cut.bytes, cut.clean_bytes, cut.clean_to), (1500, 400, 200));
        let cut = state.cut_before(250);
        assert_eq!((cut.bytes, cut.clean_bytes, cut.clean_to), (500, 0, 250));
    }
}
