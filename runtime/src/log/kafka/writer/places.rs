//! The partitions a writer has written to, each with a number of its own: it comes back with the record's offset.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use tillstream_topology::TopicPartition;

/// Partitions, in the order in which their topics were first written to.
#[derive(Debug, Default)]
pub(super) struct Places {
    partitions: Vec<TopicPartition>,
    /// Place of partition 0 of each topic, and the number of its partitions.
    topics: FxHashMap<Arc<str>, (usize, u32)>,
}

impl Places {
    pub(super) fn knows(&self, topic: &Arc<str>) -> bool {
        self.topics.contains_key(topic)
    }

    pub(super) fn add(&mut self, topic: &Arc<str>, count: u32) {
        self.topics.insert(Arc::clone(topic), (self.partitions.len(), count));
        self.partitions.extend((0..count).map(|number| TopicPartition::new(Arc::clone(topic), number)));
    }

    /// Place of a partition; nothing if its topic has none of this number.
    pub(super) fn of(&self, topic: &Arc<str>, partition: u32) -> Option<usize> {
        let (first, count) = self.topics.get(topic)?;
        (partition < *count).then_some(first + partition as usize)
    }

    pub(super) fn partition(&self, place: usize) -> Option<&TopicPartition> {
        self.partitions.get(place)
    }

    pub(super) fn partitions(&self) -> &[TopicPartition] {
        &self.partitions
    }

    pub(super) fn topics(&self) -> impl Iterator<Item = &Arc<str>> {
        self.topics.keys()
    }
}
