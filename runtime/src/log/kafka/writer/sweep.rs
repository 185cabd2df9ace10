//! Ends transactions that an earlier writer may have left open.
//!
//! The coordinator may take a transaction for ended, and tell so, although it is open: it does not write the end to partitions
//! that have no leader at that moment, as those of a broker that goes down and has the only replica (seen in 4.3: what has no
//! leader counts as deleted). What was told to be committed is not, then, and if it is not ended as aborted, on all its
//! partitions, the next transactions of the same id end parts of it. Whoever had it in its state opens that state anew.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tillstream_stores::Headers;
use tillstream_topology::TopicPartition;

use super::KafkaWriter;
use crate::log::kafka::member::{Member, partition_offsets};
use crate::log::kafka::outcome::Failure;
use crate::log::{Append, LogError, LogWriter as _};

/// Key of the records that are only written to be aborted: compacted topics want one.
const SWEEP: &[u8] = b"sweep";

/// Longest wait for the transactions of others to end.
const OTHERS: Duration = Duration::from_secs(1);

impl KafkaWriter {
    /// Which transaction is open on what this writer has written to, if one stays open although the writer's own have ended.
    pub(super) fn left_open(&self) -> Result<Option<String>, LogError> {
        let partitions = self.places.partitions();
        if partitions.is_empty() {
            return Ok(None);
        }
        Ok(self.cluster.settle(partitions, OTHERS)?.err())
    }

    /// A transaction that is begun to be aborted, on all that an earlier one may have been left open on.
    pub(super) fn sweep_once(&mut self, partitions: &[TopicPartition]) -> Result<(), LogError> {
        let headers = Headers::default();
        self.begin()?;
        let open = self.cluster.unsettled(partitions)?;
        let deadline = Instant::now() + self.cluster.options.transaction_timeout;
        for partition in open {
            let transactional_id = self.transactional_id.as_str();
            tracing::debug!(transactional_id, %partition, "a transaction is open on it, maybe a forgotten one");
            let (topic, partition) = (&partition.topic, partition.partition);
            self.append(Append { topic, partition, key: Some(SWEEP), value: None, timestamp: 1, headers: &headers })?;
        }
        let producer = self.begin()?;
        let settled = producer.settle(deadline);
        settled.map_err(|error| self.fail(Failure::not_delivered(self.producer.as_ref(), error)))?;
        let (Some(producer), group) = (&mut self.producer, self.member.as_ref().and_then(Member::any_metadata)) else {
            return Ok(());
        };
        if let Some(group) = group {
            // Whether the brokers take the offsets or not: their topic is part of the transaction now.
            let offsets = BTreeMap::from([(self.cluster.tasks_of(self.member.as_ref().map_or("", Member::group)), 0)]);
            let sent = partition_offsets(&offsets);
            if let Err(error) = sent.and_then(|offsets| producer.send_offsets(offsets, group, deadline)) {
                tracing::debug!(%error, self.transactional_id, "sweep");
            }
        }
        let aborted = producer.abort(self.cluster.options.transaction_timeout);
        aborted.map_err(|error| self.fail(Failure::before_commit(self.producer.as_ref(), &error)))?;
        self.open = false;
        Ok(())
    }
}
