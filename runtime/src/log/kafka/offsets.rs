//! How far partitions go.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::{Offset, TopicPartitionList};
use tillstream_topology::TopicPartition;

use super::asking::Asking;
use super::cluster::{Cluster, number};
use super::context::Context;
use super::failure;
use crate::log::{LogError, OffsetRange};

/// How often the end of open transactions is looked for.
const LOOK: Duration = Duration::from_millis(10);
/// How long a leader may think about a first question; for each next one it has twice as long. One that is dead never answers, and
/// its successor is only found by asking anew.
const FIRST_TRY: Duration = Duration::from_secs(1);

impl Cluster {
    /// First offset and last stable offset of each partition, in the order asked.
    pub(super) fn offsets(&self, partitions: &[TopicPartition]) -> Result<Vec<OffsetRange>, LogError> {
        partitions.iter().try_for_each(|partition| self.check(partition))?;
        let starts = self.list_offsets(&self.inquirer, partitions, Offset::Beginning)?;
        let ends = self.list_offsets(&self.inquirer, partitions, Offset::End)?;
        Ok(starts.into_iter().zip(ends).map(|(start, end)| OffsetRange { start, end: end.max(start) }).collect())
    }

    /// The partitions on which a transaction is open now.
    pub(super) fn unsettled(&self, partitions: &[TopicPartition]) -> Result<Vec<TopicPartition>, LogError> {
        let written = self.list_offsets(&self.uncommitted, partitions, Offset::End)?;
        let committed = self.list_offsets(&self.inquirer, partitions, Offset::End)?;
        let ends = written.into_iter().zip(committed);
        let open = partitions.iter().zip(ends).filter(|(_, (written, committed))| committed < written);
        Ok(open.map(|(partition, _)| partition.clone()).collect())
    }

    /// As [`Cluster::offsets`], once the transactions that are open now have ended.
    pub(super) fn settled_offsets(&self, partitions: &[TopicPartition]) -> Result<Vec<OffsetRange>, LogError> {
        let settled = self.settle(partitions, self.options.transaction_timeout + self.options.request_timeout)?;
        settled.map_err(|detail| LogError::Unreachable { servers: self.options.bootstrap_servers.clone(), detail })
    }

    /// As [`Cluster::settled_offsets`]; after `patience`, which transaction is still open.
    pub(super) fn settle(
        &self,
        partitions: &[TopicPartition],
        patience: Duration,
    ) -> Result<Result<Vec<OffsetRange>, String>, LogError> {
        partitions.iter().try_for_each(|partition| self.check(partition))?;
        let written = self.list_offsets(&self.uncommitted, partitions, Offset::End)?;
        let deadline = Instant::now() + patience;
        loop {
            let ranges = self.offsets(partitions)?;
            let mut waiting = partitions.iter().zip(&ranges).zip(&written);
            let Some(((partition, range), written)) = waiting.find(|((_, range), written)| range.end < **written)
            else {
                return Ok(Ok(ranges));
            };
            if Instant::now() > deadline {
                let end = range.end;
                return Ok(Err(format!(
                    "a transaction on {partition} stays open: committed up to {end}, written up to {written}"
                )));
            }
            std::thread::park_timeout(LOOK);
        }
    }

    /// Asks until the leaders answer: one that has just come up refuses those who knew its predecessor.
    fn list_offsets(
        &self,
        asking: &Asking<BaseConsumer<Context>>,
        partitions: &[TopicPartition],
        at: Offset,
    ) -> Result<Vec<i64>, LogError> {
        let deadline = Instant::now() + self.options.request_timeout;
        let mut patience = FIRST_TRY;
        loop {
            let asked = self.ask_offsets(asking, partitions, at, patience.min(left(deadline)));
            if Instant::now() > deadline || !asked.as_ref().is_err_and(LogError::is_retriable) {
                return asked;
            }
            // Makes the client learn who leads now.
            let topic = partitions.first().map(|partition| &*partition.topic);
            if let Err(error) = asking.client().fetch_metadata(topic, patience.min(left(deadline))) {
                tracing::debug!(%error, "list offsets");
            }
            std::thread::park_timeout(LOOK);
            patience = (2 * patience).min(self.options.request_timeout);
        }
    }

    /// One question to each leader.
    fn ask_offsets(
        &self,
        asking: &Asking<BaseConsumer<Context>>,
        partitions: &[TopicPartition],
        at: Offset,
        patience: Duration,
    ) -> Result<Vec<i64>, LogError> {
        let action = "list offsets";
        if partitions.is_empty() {
            return Ok(Vec::new());
        }
        let mut list = TopicPartitionList::with_capacity(partitions.len());
        for partition in partitions {
            let added = list.add_partition_offset(&partition.topic, number(partition), at);
            added.map_err(|error| self.failed(action, &error))?;
        }
        let failed = |error: &KafkaError| match failure::code(error) {
            // They are there, that was asked before: the client has lost sight of their leaders in an outage.
            Some(code @ (Code::UnknownPartition | Code::UnknownTopic)) => self.unanswered(LogError::Unreachable {
                servers: self.options.bootstrap_servers.clone(),
                detail: format!("could not {action}: {code}"),
            }),
            _ => self.failed(action, error),
        };
        let found = asking.client().offsets_for_times(list, patience).map_err(|error| failed(&error))?;
        let offset_of = |partition: &TopicPartition| {
            let element = found.find_partition(&partition.topic, number(partition));
            let element = element.ok_or_else(|| LogError::UnknownTopic(partition.clone()))?;
            element.error().map_err(|error| failed(&error))?;
            match element.offset() {
                Offset::Offset(offset) => Ok(offset),
                other => Err(failure::refused(action, format!("{partition} has {other:?}"))),
            }
        };
        partitions.iter().map(offset_of).collect()
    }
}

fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}
