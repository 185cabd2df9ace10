//! What consumer groups have committed.

use std::sync::Arc;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{Offset, TopicPartitionList};
use tillstream_topology::TopicPartition;

use super::cluster::{Cluster, is_name, number};
use super::context::Context;
use super::settings;
use crate::log::{GroupOffsets, LogError, PartitionOffset};

impl Cluster {
    /// What `group` has committed for each partition. Waits for transactions that are about to change it, so that one
    /// who starts over after a doubtful commit sees its outcome.
    pub(super) fn committed(&self, group: &str, partitions: &[TopicPartition]) -> Result<Vec<Option<i64>>, LogError> {
        let action = format!("read what group {group} has committed");
        let mut list = TopicPartitionList::with_capacity(partitions.len());
        // Asked for a partition that does not exist, the brokers would answer for none.
        for partition in partitions.iter().filter(|partition| is_name(&partition.topic)) {
            list.add_partition(&partition.topic, number(partition));
        }
        if list.count() == 0 {
            return Ok(vec![None; partitions.len()]);
        }
        let config = settings::group_inquirer(&self.options, group);
        let consumer: BaseConsumer<Context> =
            config.create_with_context(Context::default()).map_err(|error| self.failed(&action, &error))?;
        let found = consumer.committed_offsets(list, self.options.request_timeout);
        let found = found.map_err(|error| self.failed(&action, &error))?;
        let offset_of = |partition: &TopicPartition| {
            let Some(element) = found.find_partition(&partition.topic, number(partition)) else { return Ok(None) };
            element.error().map_err(|error| self.failed(&action, &error))?;
            match element.offset() {
                Offset::Offset(offset) => Ok(Some(offset)),
                _ => Ok(None),
            }
        };
        partitions.iter().map(offset_of).collect()
    }

    /// All groups that have committed anything, with what it is.
    pub(super) fn groups(&self) -> Result<Vec<GroupOffsets>, LogError> {
        let topics = self.topics()?;
        let partitions: Vec<TopicPartition> = topics
            .iter()
            .flat_map(|(topic, count)| (0..*count).map(|partition| TopicPartition::new(Arc::clone(topic), partition)))
            .collect();
        let mut groups = Vec::new();
        for group in self.group_names()? {
            let committed = self.committed(&group, &partitions)?;
            let known = partitions.iter().zip(committed);
            let offsets: Vec<_> = known
                .filter_map(|(partition, offset)| {
                    Some(PartitionOffset { partition: partition.clone(), offset: offset? })
                })
                .collect();
            if !offsets.is_empty() {
                groups.push(GroupOffsets { group, offsets });
            }
        }
        Ok(groups)
    }
}
