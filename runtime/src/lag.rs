//! Consumer lag: how far a group is behind the ends of the partitions it reads.

use std::sync::Arc;

use crate::log::{Log, LogError, TopicPartition};

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

/// Lag of `group` on `partitions`. Where it has not committed yet, all there is counts.
///
/// # Errors
/// When the log cannot be reached.
pub fn of_group(log: &dyn Log, group: &str, partitions: &[TopicPartition]) -> Result<GroupLag, LogError> {
    let committed = log.committed(group, partitions)?;
    let ranges = log.offsets(partitions)?;
    let lags = partitions.iter().zip(committed).zip(ranges).map(|((partition, committed), range)| PartitionLag {
        topic: Arc::clone(&partition.topic),
        partition: partition.partition,
        committed: committed.unwrap_or(range.start),
        end: range.end,
    });
    Ok(GroupLag { group: group.into(), partitions: lags.collect() })
}

/// Lag of all groups of a log, on the partitions they have committed.
///
/// # Errors
/// When the log cannot be reached.
pub fn all_groups(log: &dyn Log) -> Result<Vec<GroupLag>, LogError> {
    let mut groups = Vec::new();
    for group in log.groups()? {
        let partitions: Vec<_> = group.offsets.iter().map(|offset| offset.partition.clone()).collect();
        let ends = log.offsets(&partitions)?;
        let lags = group.offsets.iter().zip(ends).map(|(committed, range)| PartitionLag {
            topic: Arc::clone(&committed.partition.topic),
            partition: committed.partition.partition,
            committed: committed.offset,
            end: range.end,
        });
        groups.push(GroupLag { group: group.group, partitions: lags.collect() });
    }
    Ok(groups)
}
