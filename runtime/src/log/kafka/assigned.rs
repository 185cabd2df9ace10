//! One partition a reader reads.

use rdkafka::error::RDKafkaErrorCode as Code;
use tillstream_kafka_queue::{AT_ONCE, RecordQueue, Taken};
use tillstream_topology::TopicPartition;

use super::cluster::Cluster;
use super::convert::Batch;
use super::ends::{Ends, ReaderContext};
use super::failure;
use super::options::KafkaOptions;
use crate::log::{Fetched, LogError};

/// The queue of a partition, and how far it has been read.
pub(super) struct Assigned {
    pub(super) partition: TopicPartition,
    queue: RecordQueue<ReaderContext>,
    batch: Batch,
    pub(super) next_offset: i64,
    /// Where the records taken since the last answer began.
    answered: i64,
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
    pub(super) fn new(partition: TopicPartition, queue: RecordQueue<ReaderContext>, offset: i64) -> Self {
        Self {
            partition,
            queue,
            batch: Batch::default(),
            next_offset: offset,
            answered: offset,
            paused: false,
            trouble: None,
        }
    }

    /// The partition was moved to `offset`.
    pub(super) fn restart(&mut self, offset: i64) {
        self.batch.clear();
        self.next_offset = offset;
        self.answered = offset;
        self.trouble = None;
    }

    /// Takes records out of the queue until it is empty or the budget is used up. How many fit into the budget is judged by
    /// the size of the last: the first is taken alone.
    pub(super) fn fetch(&mut self, options: &KafkaOptions, budget: &mut usize) -> Result<(), Trouble> {
        let Self { partition, queue, batch, next_offset, .. } = self;
        let mut left = options.partition_fetch_bytes.min(*budget);
        let (mut record_bytes, mut trouble) = (left, None);
        while left > 0 && trouble.is_none() {
            let most = (left / record_bytes.max(1)).clamp(1, AT_ONCE);
            let mut bytes = 0;
            let taken = queue.take(most, |taken| match taken {
                Taken::Record(record) => {
                    record_bytes = batch.push(record) + 1;
                    bytes += record_bytes;
                    *next_offset = record.offset() + 1;
                }
                // Behind the last record there may be markers of transactions, and records of aborted ones.
                Taken::End(offset) => *next_offset = offset.max(*next_offset),
                // It tries again by itself.
                Taken::Error(code) if failure::is_silence(code) => tracing::debug!(%partition, %code),
                Taken::Error(code) => trouble = trouble.or(Some(Trouble(code))),
            });
            left = left.saturating_sub(bytes);
            *budget = budget.saturating_sub(bytes);
            if taken < most {
                break;
            }
        }
        trouble.map_or(Ok(()), Err)
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
