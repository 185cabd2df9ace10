//! Consumer lag: how far a group is behind the ends of the partitions it reads.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::log::{GroupOffsets, Log, LogError, TopicPartition};

/// Lag of one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionLag {
    /// Topic name.
    pub topic: Arc<str>,
    /// Partition number.
    pub partition: u32,
    /// The group's committed offset.
    pub committed: i64,
    /// Offset behind the last record.
    pub end: i64,
}

impl PartitionLag {
    /// Records not yet committed.
    pub fn lag(&self) -> u64 {
        (self.end - self.committed).max(0) as u64
    }
}

/// Lag of one consumer group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupLag {
    /// Group name.
    pub group: Arc<str>,
    /// Its partitions, by topic and number.
    pub partitions: Vec<PartitionLag>,
}

impl PartitionLag {
    fn new(partition: &TopicPartition, committed: i64, end: i64) -> Self {
        Self { topic: Arc::clone(&partition.topic), partition: partition.partition, committed, end }
    }
}

/// Lag of all groups of a log, on the partitions they have committed.
///
/// # Errors
/// When the log cannot be reached.
pub fn all_groups(log: &dyn Log) -> Result<Vec<GroupLag>, LogError> {
    log.groups()?.into_iter().map(|group| of_group(log, group)).collect()
}

/// As [`all_groups`], by name; of `group` on its `inputs`, where all there is counts until it has committed.
///
/// # Errors
/// When the log cannot be reached.
pub fn all_groups_and(log: &dyn Log, group: &str, inputs: &[TopicPartition]) -> Result<Vec<GroupLag>, LogError> {
    let (own, others): (Vec<_>, Vec<_>) = log.groups()?.into_iter().partition(|known| &*known.group == group);
    let own = own.into_iter().flat_map(|known| known.offsets);
    let committed: BTreeMap<TopicPartition, i64> = own.map(|next| (next.partition, next.offset)).collect();
    let lags = inputs.iter().zip(log.offsets(inputs)?).map(|(partition, range)| {
        let committed = committed.get(partition).copied().unwrap_or(range.start);
        PartitionLag::new(partition, committed, range.end)
    });
    let mut groups = vec![GroupLag { group: group.into(), partitions: lags.collect() }];
    for other in others {
        groups.push(of_group(log, other)?);
    }
    groups.sort_by(|a, b| a.group.cmp(&b.group));
    Ok(groups)
}

fn of_group(log: &dyn Log, group: GroupOffsets) -> Result<GroupLag, LogError> {
    let partitions: Vec<_> = group.offsets.iter().map(|next| next.partition.clone()).collect();
    let lags = group.offsets.iter().zip(log.offsets(&partitions)?);
    let lags = lags.map(|(next, range)| PartitionLag::new(&next.partition, next.offset, range.end));
    Ok(GroupLag { partitions: lags.collect(), group: group.group })
}
