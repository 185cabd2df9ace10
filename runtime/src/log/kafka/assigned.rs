//! One partition a reader reads.

use std::time::Duration;

use rdkafka::Offset;
use rdkafka::consumer::base_consumer::PartitionQueue;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::Message;
use tillstream_topology::TopicPartition;

use super::cluster::{Cluster, number};
use super::convert::Batch;
use super::ends::{Ends, ReaderContext};
use super::failure;
use super::options::KafkaOptions;
use crate::log::{Fetched, LogError};

/// The queue of a partition, and how far it has been read.
pub(super) struct Assigned {
    pub(super) partition: TopicPartition,
    queue: PartitionQueue<ReaderContext>,
    batch: Batch,
    pub(super) next_offset: i64,
    /// Where the records taken since the last answer began.
    answered: i64,
    /// The end was announced and not looked at yet.
    pub(super) at_end: bool,
    pub(super) paused: bool,
    /// What the next poll that brings nothing else answers.
    pub(super) trouble: Option<Trouble>,
}

/// Why a partition cannot be read on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trouble(Code);

impl std::fmt::Debug for Assigned {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = formatter.debug_struct("Assigned");
        shown.field("partition", &self.partition).field("next_offset", &self.next_offset).finish_non_exhaustive()
    }
}

impl Assigned {
    pub(super) fn new(partition: TopicPartition, queue: PartitionQueue<ReaderContext>, offset: i64) -> Self {
        Self {
            partition,
            queue,
            batch: Batch::default(),
            next_offset: offset,
            answered: offset,
            at_end: false,
            paused: false,
            trouble: None,
        }
    }

    /// The partition was moved to `offset`.
    pub(super) fn restart(&mut self, offset: i64) {
        self.batch.clear();
        self.next_offset = offset;
        self.answered = offset;
        self.at_end = false;
        self.trouble = None;
    }

    /// Takes records out of the queue until it is empty or the budget is used up.
    pub(super) fn fetch(&mut self, options: &KafkaOptions, budget: &mut usize) -> Result<(), Trouble> {
        let mut left = options.partition_fetch_bytes.min(*budget);
        while left > 0 {
            match self.queue.poll(Duration::ZERO) {
                Some(Ok(message)) => {
                    let bytes = message.key_len() + message.payload_len() + 1;
                    left = left.saturating_sub(bytes);
                    *budget = budget.saturating_sub(bytes);
                    self.next_offset = message.offset() + 1;
                    self.batch.push(&message);
                    self.at_end = false;
                }
                Some(Err(KafkaError::PartitionEOF(_))) => self.at_end = true,
                Some(Err(error)) => match failure::code(&error) {
                    // It tries again by itself.
                    Some(code) if failure::is_silence(code) => tracing::debug!(partition = %self.partition, %error),
                    code => return Err(Trouble(code.unwrap_or(Code::Unknown))),
                },
                None => break,
            }
        }
        Ok(())
    }

    /// Behind the last record there may be markers of transactions, and records of aborted ones. librdkafka passes them
    /// in silence; once it has announced the end, its position says how far.
    pub(super) fn pass_markers(&mut self, consumer: &BaseConsumer<ReaderContext>) -> Result<(), LogError> {
        self.at_end = false;
        let positions = consumer.position();
        let positions = positions.map_err(|error| failure::refused("ask for positions", error.to_string()))?;
        let position = positions.find_partition(&self.partition.topic, number(&self.partition));
        if let Some(Offset::Offset(position)) = position.map(|element| element.offset()) {
            self.next_offset = self.next_offset.max(position);
        }
        Ok(())
    }

    /// What was taken since the last answer, with the end last heard of; `None` when the partition did not move.
    pub(super) fn take(&mut self, ends: &Ends) -> Option<Fetched> {
        if self.next_offset == self.answered {
            return None;
        }
        self.answered = self.next_offset;
        Some(Fetched {
            partition: self.partition.clone(),
            records: self.batch.take(),
            end_offset: ends.of(&self.partition).max(self.next_offset),
            next_offset: self.next_offset,
        })
    }
}

impl Trouble {
    /// Whether it goes away only when the reader is sent elsewhere.
    pub(super) fn lasts(self) -> bool {
        self.is_out_of_range() || self.is_unknown_topic()
    }

    fn is_out_of_range(self) -> bool {
        matches!(self.0, Code::AutoOffsetReset | Code::OffsetOutOfRange)
    }

    fn is_unknown_topic(self) -> bool {
        matches!(self.0, Code::UnknownTopicOrPartition | Code::UnknownTopic | Code::UnknownPartition)
    }

    /// The error of a reader that stands at `offset`.
    pub(super) fn into_error(self, cluster: &Cluster, partition: &TopicPartition, offset: i64) -> LogError {
        match self.0 {
            _ if self.is_out_of_range() => cluster.out_of_range(partition, offset),
            _ if self.is_unknown_topic() => LogError::UnknownTopic(partition.clone()),
            Code::BadMessage | Code::InvalidMessage => LogError::Corrupt {
                partition: partition.clone(),
                offset,
                detail: format!("{}, from the brokers or on the way", self.0),
            },
            code => failure::of_code(&cluster.options, &format!("read {partition}"), code),
        }
    }
}
