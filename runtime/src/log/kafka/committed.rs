//! What consumer groups have committed.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};
use tillstream_topology::TopicPartition;

use super::cluster::{Cluster, is_name, number};
use super::context::Context;
use super::{failure, settings};
use crate::log::{GroupOffsets, LogError, PartitionOffset};

/// Groups whose coordinator is remembered; each has threads of its own.
const GROUPS_KEPT: usize = 8;
/// Between two tries of one question.
const BETWEEN_TRIES: Duration = Duration::from_millis(50);

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
        let found = self.ask_group(group, &list).map_err(|error| self.failed(&action, &error))?;
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

    /// Asks until the group's coordinator answers: a new one refuses for as long as it loads.
    fn ask_group(&self, group: &str, list: &TopicPartitionList) -> Result<TopicPartitionList, KafkaError> {
        let consumer = self.group_inquirer(group)?;
        let deadline = Instant::now() + self.options.request_timeout;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match consumer.committed_offsets(list.clone(), left) {
                Err(error) if !left.is_zero() && failure::code(&error).is_some_and(failure::is_silence) => {
                    std::thread::park_timeout(BETWEEN_TRIES);
                }
                other => return other,
            }
        }
    }

    /// A client that shows itself as `group`. The last ones are kept: finding a coordinator takes a while.
    fn group_inquirer(&self, group: &str) -> Result<Arc<BaseConsumer<Context>>, KafkaError> {
        let all = || self.group_inquirers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, found)) = all().iter().find(|(name, _)| name == group) {
            return Ok(Arc::clone(found));
        }
        let made = settings::group_inquirer(&self.options, group).create_with_context(Context::default());
        let made: Arc<BaseConsumer<Context>> = Arc::new(made?);
        self.connect_now(made.client())?;
        let mut known = all();
        if known.len() >= GROUPS_KEPT {
            known.pop_front();
        }
        known.push_back((group.to_owned(), Arc::clone(&made)));
        Ok(made)
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
