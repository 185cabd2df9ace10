//! The side of a membership that its writers see: whose offsets they commit.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerGroupMetadata};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};
use tillstream_kafka_queue::member_id;
use tillstream_topology::TopicPartition;

use super::cluster::number;
use super::leases::Leases;

/// A member as of the beginning of a transaction.
pub(super) struct Member {
    group: String,
    /// Gone when the membership is.
    consumer: Weak<BaseConsumer<Leases>>,
    /// How often the member had lost its place when the transaction began.
    losses: u64,
}

impl Member {
    pub(super) fn new(group: &str, consumer: &Arc<BaseConsumer<Leases>>) -> Self {
        let losses = consumer.context().losses();
        Self { group: group.to_owned(), consumer: Arc::downgrade(consumer), losses }
    }

    pub(super) fn group(&self) -> &str {
        &self.group
    }

    /// A transaction begins.
    pub(super) fn mark(&mut self) {
        if let Some(consumer) = self.consumer.upgrade() {
            self.losses = consumer.context().losses();
        }
    }

    /// The membership as it is now, if only to name the group.
    pub(super) fn any_metadata(&self) -> Option<ConsumerGroupMetadata> {
        self.consumer.upgrade()?.group_metadata()
    }

    /// What the brokers check the offsets of the transaction against; `None` when the member has lost its place since
    /// the transaction began. That is looked at here because a client that has left its group shows no member at all,
    /// and from such a one the brokers take any offset. And because librdkafka (2.12) does not say so when the group has put the
    /// member out and its next request to join is refused (`rd_kafka_cgrp_handle_JoinGroup`): it joins again under a new id, as
    /// the owner of all it had, so that brokers and group take it for one.
    pub(super) fn metadata(&self) -> Option<ConsumerGroupMetadata> {
        let consumer = self.consumer.upgrade()?;
        let metadata = consumer.group_metadata();
        let leases = consumer.context();
        // After the metadata: an id that is still the old one was the one in it.
        let lost =
            consumer.assignment_lost() || leases.losses() != self.losses || !leases.is_held_by(&member_id(&consumer));
        metadata.filter(|_| !lost)
    }
}

/// Offsets in librdkafka's form.
pub(super) fn partition_offsets(offsets: &BTreeMap<TopicPartition, i64>) -> Result<TopicPartitionList, KafkaError> {
    let mut list = TopicPartitionList::with_capacity(offsets.len());
    for (partition, offset) in offsets {
        list.add_partition_offset(&partition.topic, number(partition), Offset::Offset(*offset))?;
    }
    Ok(list)
}
