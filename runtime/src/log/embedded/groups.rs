//! What consumer groups have committed. Read from the database each time: it is asked for seldom.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use tillstream_stores::rocks::ScanRange;
use tillstream_topology::TopicPartition;

use super::catalog;
use super::keys::{Fields, GROUP, META, PartitionKey, read_group};
use super::shared::Shared;
use crate::log::{GroupOffsets, LogError, PartitionOffset};

impl Shared {
    pub(super) fn committed(&self, group: &str, partitions: &[TopicPartition]) -> Result<Vec<Option<i64>>, LogError> {
        self.settle()?;
        let committed = |wanted: &TopicPartition| {
            // A topic that does not exist yet has no commits: the engine asks before it creates.
            let Ok(partition) = self.partition(wanted) else {
                return Ok(None);
            };
            let value = catalog::get(&self.store, &partition.key.group(group))?;
            value.map(|value| self.decode_offset(&value)).transpose()
        };
        partitions.iter().map(committed).collect()
    }

    pub(super) fn groups(&self) -> Result<Vec<GroupOffsets>, LogError> {
        self.settle()?;
        let names = self.partition_names();
        let mut groups: BTreeMap<Arc<str>, BTreeMap<TopicPartition, Vec<u8>>> = BTreeMap::new();
        self.store.read(|database| {
            database.scan(META, &ScanRange::prefix(&[GROUP]), |key, value| {
                if let Some((group, place)) = read_group(key)
                    && let Some(name) = names.get(&place)
                {
                    let offsets = groups.entry(group.into()).or_default();
                    offsets.insert(name.clone(), value.to_vec());
                }
                ControlFlow::Continue(())
            })
        })?;
        let decoded = groups.into_iter().map(|(group, offsets)| {
            let offsets = offsets.into_iter().map(|(partition, value)| {
                let offset = self.decode_offset(&value)?;
                Ok(PartitionOffset { partition, offset })
            });
            let offsets = offsets.collect::<Result<_, LogError>>()?;
            Ok(GroupOffsets { group, offsets })
        });
        decoded.collect()
    }

    fn decode_offset(&self, value: &[u8]) -> Result<i64, LogError> {
        let offset = Fields(value).i64();
        offset
            .ok_or_else(|| self.store.io("a committed offset cannot be read; restore the log directory from a backup"))
    }

    fn partition_names(&self) -> BTreeMap<PartitionKey, TopicPartition> {
        let topics = self.topics();
        let partitions = topics.values().flat_map(|topic| &topic.partitions);
        partitions.map(|partition| (partition.key, partition.name.clone())).collect()
    }
}
