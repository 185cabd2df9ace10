//! Reads the partitions it was assigned.
//!
//! Each partition has a queue of its own, filled ahead by librdkafka's threads up to a bound. So a paused partition
//! keeps what was fetched, a busy one does not starve the others, and the end of a partition, which librdkafka
//! announces without a topic, can be told whose it is.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{Offset, TopicPartitionList};
use tillstream_kafka_queue::RecordQueue;
use tillstream_topology::TopicPartition;

use super::assigned::Assigned;
use super::cluster::{Cluster, number};
use super::ending::Ending;
use super::ends::ReaderContext;
use super::settings::Pace;
use super::{failure, settings};
use crate::log::signal::{Signal, deadline_after};
use crate::log::{Fetched, LogError, LogReader};

/// The client's own events, such as its log lines, are looked at this often while a reader waits for records.
const EVENTS: Duration = Duration::from_millis(100);

/// The reader of a Kafka log.
pub(super) struct KafkaReader {
    cluster: Arc<Cluster>,
    arrivals: Arc<Signal>,
    /// Topics the client knows the leaders of.
    topics: BTreeSet<Arc<str>>,
    /// In the order of their assignment. Dropped before the consumer they belong to.
    assigned: Vec<Assigned>,
    consumer: Arc<BaseConsumer<ReaderContext>>,
    /// Which partition is asked first; moves on with every poll, so that a busy one does not starve the others.
    first: usize,
    /// The last hold on the consumer, as fields are dropped in turn: its end takes a tenth of a second, and nobody need wait.
    _ending: Ending<Arc<BaseConsumer<ReaderContext>>>,
}

impl std::fmt::Debug for KafkaReader {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("KafkaReader").field("assigned", &self.assigned).finish_non_exhaustive()
    }
}

impl KafkaReader {
    pub(super) fn new(cluster: Arc<Cluster>, pace: Pace) -> Result<Self, LogError> {
        let config = settings::reader(&cluster.options, pace);
        let consumer =
            config.create_with_context(ReaderContext::default()).map_err(|error| failure::bad_setting(&error))?;
        let consumer = Arc::new(consumer);
        let _ending = Ending::unwatched(Arc::clone(&consumer));
        let (arrivals, topics) = Default::default();
        Ok(Self { cluster, arrivals, topics, assigned: Vec::new(), consumer, first: 0, _ending })
    }

    fn find(&mut self, partition: &TopicPartition) -> Option<&mut Assigned> {
        self.assigned.iter_mut().find(|assigned| assigned.partition == *partition)
    }

    /// What lies in the queues. An error ends the round: the partition in trouble comes first in its turn, and what the
    /// others brought is not lost.
    fn fetch(&mut self) -> Result<Vec<Fetched>, LogError> {
        let mut fetched = Vec::new();
        let mut budget = self.cluster.options.fetch_bytes;
        let first = self.first.min(self.assigned.len());
        self.first = if first + 1 < self.assigned.len() { first + 1 } else { 0 };
        let (later, sooner) = self.assigned.split_at_mut(first);
        for assigned in sooner.iter_mut().chain(later).filter(|assigned| !assigned.paused) {
            if budget == 0 {
                break;
            }
            let part = assigned.fetch(&self.cluster.options, &mut budget);
            assigned.trouble = part.err().or(assigned.trouble);
            fetched.extend(assigned.take(&self.consumer.context().ends));
        }
        if fetched.is_empty() {
            self.complain()?;
        }
        Ok(fetched)
    }

    /// Turns the first trouble a partition is in into an error. One that does not last is tried again from there on.
    fn complain(&mut self) -> Result<(), LogError> {
        let in_trouble = self.assigned.iter_mut().filter(|assigned| !assigned.paused);
        let Some((assigned, trouble)) = in_trouble.filter_map(|one| one.trouble.map(|trouble| (one, trouble))).next()
        else {
            return Ok(());
        };
        let (partition, offset) = (assigned.partition.clone(), assigned.next_offset);
        let error = trouble.into_error(&self.cluster, &partition, offset);
        // A broker that was killed may have forgotten its last leader epoch; the client then takes its log for a shorter one
        // and gives up, although everything is there.
        let is_inside =
            matches!(error, LogError::OffsetOutOfRange { start, end, .. } if (start..=end).contains(&offset));
        if is_inside {
            tracing::warn!(%partition, offset, "the client lost its place, which is still in the log: reading anew");
            self.unassign(&partition);
            self.start(&partition, offset)?;
            return Ok(());
        }
        if !trouble.lasts() {
            if let Some(assigned) = self.find(&partition) {
                assigned.trouble = None;
            }
            self.go_to(&partition, offset)?;
        }
        Err(error)
    }

    /// Moves an assigned partition. librdkafka refuses while it finds out where to read after a connection was lost; then
    /// the partition is taken up anew.
    fn go_to(&mut self, partition: &TopicPartition, offset: i64) -> Result<(), LogError> {
        let Err(error) = self.seek(partition, offset) else { return Ok(()) };
        tracing::debug!(%partition, offset, %error, "reading anew");
        self.unassign(partition);
        self.start(partition, offset)
    }

    /// Moves an assigned partition. What was fetched ahead is thrown away by librdkafka.
    fn seek(&self, partition: &TopicPartition, offset: i64) -> Result<(), LogError> {
        let action = format!("move to {offset} of {partition}");
        let mut list = TopicPartitionList::with_capacity(1);
        list.add_partition_offset(&partition.topic, number(partition), Offset::Offset(offset))
            .map_err(|error| failure::of_call(&self.cluster.options, &action, &error))?;
        let sought = self.consumer.seek_partitions(list, self.cluster.options.request_timeout);
        let sought = sought.map_err(|error| failure::of_call(&self.cluster.options, &action, &error))?;
        for element in sought.elements() {
            element.error().map_err(|error| failure::of_call(&self.cluster.options, &action, &error))?;
        }
        Ok(())
    }

    fn start(&mut self, partition: &TopicPartition, offset: i64) -> Result<(), LogError> {
        let action = format!("read {partition}");
        if !self.topics.contains(&partition.topic) {
            self.cluster.introduce(self.consumer.client(), &partition.topic)?;
            self.topics.insert(Arc::clone(&partition.topic));
        }
        // Before the assignment: from there on the records would go to the queue all partitions share.
        let arrivals = Arc::clone(&self.arrivals);
        let queue = RecordQueue::split(&self.consumer, &partition.topic, number(partition), move || arrivals.raise());
        let queue = queue.ok_or_else(|| LogError::UnknownTopic(partition.clone()))?;
        let mut list = TopicPartitionList::with_capacity(1);
        list.add_partition_offset(&partition.topic, number(partition), Offset::Offset(offset))
            .and_then(|()| self.consumer.incremental_assign(&list))
            .map_err(|error| failure::of_call(&self.cluster.options, &action, &error))?;
        self.assigned.push(Assigned::new(partition.clone(), queue, offset));
        Ok(())
    }
}

impl LogReader for KafkaReader {
    fn assign(&mut self, partition: &TopicPartition, offset: i64) -> Result<(), LogError> {
        self.cluster.check(partition)?;
        if offset < 0 {
            return Err(self.cluster.out_of_range(partition, offset));
        }
        match self.find(partition) {
            Some(assigned) if assigned.trouble.is_none() => {
                assigned.restart(offset);
                self.go_to(partition, offset)
            }
            _ => {
                // librdkafka does not move a partition it has given up: it is taken up anew.
                self.unassign(partition);
                self.start(partition, offset)
            }
        }
    }

    fn unassign(&mut self, partition: &TopicPartition) {
        if self.find(partition).is_none() {
            return;
        }
        let mut list = TopicPartitionList::with_capacity(1);
        list.add_partition(&partition.topic, number(partition));
        if let Err(error) = self.consumer.incremental_unassign(&list) {
            tracing::warn!(%partition, %error, "could not stop reading");
        }
        self.assigned.retain(|assigned| assigned.partition != *partition);
    }

    fn pause(&mut self, partition: &TopicPartition) {
        if let Some(assigned) = self.find(partition) {
            assigned.paused = true;
        }
    }

    fn resume(&mut self, partition: &TopicPartition) {
        if let Some(assigned) = self.find(partition) {
            assigned.paused = false;
        }
    }

    fn poll(&mut self, timeout: Duration) -> Result<Vec<Fetched>, LogError> {
        let deadline = deadline_after(timeout);
        loop {
            let seen = self.arrivals.seen();
            // Serves the client's own events; errors that concern no partition are its business, it tries again.
            if let Some(Err(error)) = self.consumer.poll(Duration::ZERO) {
                tracing::debug!(%error, "reader");
            }
            let servers = &self.cluster.options.bootstrap_servers;
            self.consumer.context().sight.regain(self.consumer.client(), servers);
            let fetched = self.fetch()?;
            if !fetched.is_empty() {
                return Ok(fetched);
            }
            let now = Instant::now();
            if !self.arrivals.wait(seen, deadline.min(now + EVENTS)) && Instant::now() >= deadline {
                return Ok(fetched);
            }
        }
    }
}
