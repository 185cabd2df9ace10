//! Consumer lag: how far a group is behind the ends of the partitions it reads.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::log::{GroupOffsets, Log, LogError, Stretch, TopicPartition, read_stretches};
use crate::newest::newest_records;

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

    /// The partition it is of.
    pub fn place(&self) -> TopicPartition {
        TopicPartition::new(Arc::clone(&self.topic), self.partition)
    }
}

/// Event times of the records that wait next, epoch ms, in the order asked; `None` where none waits, or the next one is not in
/// the log any more.
///
/// # Errors
/// When the log cannot be reached.
pub fn next_times(log: &dyn Log, partitions: &[PartitionLag]) -> Result<Vec<Option<i64>>, LogError> {
    let stretch =
        |lag: &PartitionLag| Stretch { partition: lag.place(), from: lag.committed, before: lag.end, most: 1 };
    let stretches: Vec<Stretch> = partitions.iter().map(stretch).collect();
    let found = read_stretches(log, &stretches)?;
    Ok(found.iter().map(|records| records.first().map(|record| record.timestamp)).collect())
}

/// Event times of the newest records, epoch ms, in the order asked; `None` where there is no record.
///
/// # Errors
/// When the log cannot be reached.
pub fn newest_times(log: &dyn Log, partitions: &[TopicPartition]) -> Result<Vec<Option<i64>>, LogError> {
    if partitions.is_empty() {
        return Ok(Vec::new());
    }
    let found = newest_records(&mut *log.batch_reader()?, partitions, log.offsets(partitions)?)?;
    Ok(found.into_iter().map(|record| record.map(|record| record.timestamp)).collect())
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
