//! Appends records in transactions.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use rustc_hash::FxHashMap;
use tillstream_stores::Headers;
use tillstream_topology::TopicPartition;

use super::cluster::Cluster;
use super::member::Member;
use super::outcome::{ABORT_PATIENCE, Failure};
use super::producer::Producer;
use super::{convert, failure};
use crate::log::{Append, CommitOutcome, LogError, LogWriter, PartitionOffset};

/// The writer of a Kafka log.
///
/// `next_offsets` of a commit are behind the last record. The marker that ends the transaction takes one more offset,
/// and other transactions' markers may follow: a reader passes them, so that its `next_offset` ends up further.
pub(super) struct KafkaWriter {
    cluster: Arc<Cluster>,
    transactional_id: String,
    /// The member whose tasks are written for; without one no offsets can be committed.
    member: Option<Member>,
    /// None after any trouble: the next transaction has a new one.
    producer: Option<Producer>,
    open: bool,
    /// Place of partition 0 of each topic, and the number of its partitions.
    topics: FxHashMap<Arc<str>, (usize, u32)>,
    places: Vec<TopicPartition>,
    offsets: BTreeMap<TopicPartition, i64>,
    /// Whether a transaction was given up and the brokers have not confirmed it.
    unswept: bool,
    /// Set once the writer is of no use any more.
    end: Option<End>,
}

/// Why a writer refuses everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Fenced,
    InDoubt,
}

impl std::fmt::Debug for KafkaWriter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = formatter.debug_struct("KafkaWriter");
        shown.field("transactional_id", &self.transactional_id).field("open", &self.open).finish_non_exhaustive()
    }
}

impl KafkaWriter {
    /// A writer that has fenced its predecessors.
    pub(super) fn new(cluster: Arc<Cluster>, transactional_id: &str, member: Option<Member>) -> Result<Self, LogError> {
        let producer = Producer::connect(&cluster, transactional_id)?;
        Ok(Self {
            cluster,
            transactional_id: transactional_id.to_owned(),
            member,
            producer: Some(producer),
            open: false,
            topics: FxHashMap::default(),
            places: Vec::new(),
            offsets: BTreeMap::new(),
            unswept: false,
            end: None,
        })
    }

    fn usable(&self) -> Result<(), LogError> {
        self.end.map_or(Ok(()), |end| Err(self.ended(end)))
    }

    fn ended(&self, end: End) -> LogError {
        let transactional_id = self.transactional_id.clone();
        match end {
            End::Fenced => LogError::Fenced { transactional_id },
            End::InDoubt => LogError::InDoubt { transactional_id },
        }
    }

    /// Begins a transaction unless one is open.
    fn begin(&mut self) -> Result<&mut Producer, LogError> {
        if !self.open && self.producer.as_ref().is_some_and(Producer::may_have_repeated) {
            tracing::info!(transactional_id = self.transactional_id, "a commit may have been sent twice: new producer");
            self.producer = None;
        }
        if self.producer.is_none() {
            let producer = Producer::connect(&self.cluster, &self.transactional_id)?;
            self.topics.keys().try_for_each(|topic| producer.learn(&self.cluster, topic))?;
            self.producer = Some(producer);
            if std::mem::take(&mut self.unswept) {
                let places = self.places.clone();
                if let Err(error) = self.sweep(&places) {
                    self.forget();
                    self.unswept = true;
                    return Err(error);
                }
            }
        }
        if !self.open {
            if let Some(member) = &mut self.member {
                member.mark();
            }
            let begun = self.producer.as_mut().map_or(Ok(()), Producer::begin);
            self.open = true;
            if let Err(error) = begun {
                let failure = Failure::before_commit(self.producer.as_ref(), &error);
                return Err(self.fail(failure));
            }
        }
        let transactional_id = &self.transactional_id;
        self.producer.as_mut().ok_or_else(|| LogError::InDoubt { transactional_id: transactional_id.clone() })
    }

    /// Place of the partition a record is for.
    fn place(&mut self, record: &Append<'_>) -> Result<usize, LogError> {
        let unknown = || LogError::UnknownTopic(TopicPartition::new(Arc::clone(record.topic), record.partition));
        let (first, count) = match self.topics.get(record.topic) {
            Some(known) => *known,
            None => {
                let count = self.cluster.partitions(record.topic)?.ok_or_else(unknown)?;
                self.producer.iter().try_for_each(|producer| producer.learn(&self.cluster, record.topic))?;
                let first = self.places.len();
                self.places.extend((0..count).map(|number| TopicPartition::new(Arc::clone(record.topic), number)));
                self.topics.insert(Arc::clone(record.topic), (first, count));
                (first, count)
            }
        };
        if record.partition < count { Ok(first + record.partition as usize) } else { Err(unknown()) }
    }

    /// Brings everything to the brokers and ends the transaction.
    fn try_commit(&mut self) -> Result<Vec<(usize, i64)>, Failure> {
        let deadline = Instant::now() + self.cluster.options.transaction_timeout;
        let Some(producer) = &mut self.producer else { return Err(Failure::Aborted("no producer".to_owned())) };
        if !self.offsets.is_empty() {
            let group = self.member.as_ref().and_then(Member::metadata).ok_or(Failure::Fenced)?;
            let sent = super::member::partition_offsets(&self.offsets)
                .and_then(|offsets| producer.send_offsets(&offsets, &group, deadline));
            if let Err(error) = sent {
                return Err(Failure::before_commit(Some(producer), &error));
            }
        }
        if let Err(error) = producer.settle(deadline) {
            return Err(Failure::not_delivered(Some(producer), error));
        }
        match producer.commit(deadline) {
            Ok(next_offsets) => Ok(next_offsets),
            Err(error) => Err(Failure::at_commit(producer, &error)),
        }
    }

    /// Closes the transaction that failed, and its producer with it.
    fn fail(&mut self, failure: Failure) -> LogError {
        let transactional_id = self.transactional_id.clone();
        let error = match failure {
            Failure::Fenced => {
                self.end = Some(End::Fenced);
                LogError::Fenced { transactional_id }
            }
            Failure::Aborted(detail) => LogError::Aborted { transactional_id, detail },
            Failure::InDoubt(detail) => {
                tracing::warn!(transactional_id, detail, "the outcome of a commit is not known");
                self.end = Some(End::InDoubt);
                // An abort would be one more request without a known end.
                self.forget();
                return LogError::InDoubt { transactional_id };
            }
        };
        self.abort();
        error
    }

    /// A transaction that is begun to be aborted, on all that an earlier one may have been left open on.
    fn try_sweep(&mut self, partitions: &[TopicPartition]) -> Result<(), LogError> {
        let deadline = Instant::now() + self.cluster.options.transaction_timeout;
        let headers = Headers::default();
        self.begin()?;
        for partition in self.cluster.unsettled(partitions)? {
            let transactional_id = self.transactional_id.as_str();
            tracing::debug!(transactional_id, %partition, "a transaction is open on it, maybe a forgotten one");
            let (topic, partition) = (&partition.topic, partition.partition);
            self.append(Append { topic, partition, key: Some(SWEEP), value: None, timestamp: 1, headers: &headers })?;
        }
        let producer = self.begin()?;
        let settled = producer.settle(deadline);
        settled.map_err(|error| self.fail(Failure::not_delivered(self.producer.as_ref(), error)))?;
        let (Some(producer), group) = (&self.producer, self.member.as_ref().and_then(Member::any_metadata)) else {
            return Ok(());
        };
        if let Some(group) = group {
            // Whether the brokers take the offsets or not: their topic is part of the transaction now.
            let offsets = BTreeMap::from([(self.cluster.tasks_of(self.member.as_ref().map_or("", Member::group)), 0)]);
            let sent = super::member::partition_offsets(&offsets);
            if let Err(error) = sent.and_then(|offsets| producer.send_offsets(&offsets, &group, deadline)) {
                tracing::debug!(%error, self.transactional_id, "sweep");
            }
        }
        let aborted = producer.abort(self.cluster.options.transaction_timeout);
        aborted.map_err(|error| self.fail(Failure::before_commit(self.producer.as_ref(), &error)))?;
        self.open = false;
        Ok(())
    }

    fn forget(&mut self) {
        self.open = false;
        self.producer = None;
        self.offsets.clear();
    }
}

impl LogWriter for KafkaWriter {
    fn append(&mut self, record: Append<'_>) -> Result<(), LogError> {
        self.usable()?;
        let bytes = convert::byte_size(record.key, record.value, record.headers);
        let limit = self.cluster.options.max_record_bytes;
        if bytes > limit {
            return Err(LogError::RecordTooLarge { topic: Arc::clone(record.topic), bytes, limit });
        }
        let place = self.place(&record)?;
        let patience = self.cluster.options.transaction_timeout;
        let sent = self.begin()?.send(&record, place, patience);
        sent.map_err(|error| {
            let failure = Failure::not_delivered(self.producer.as_ref(), error);
            self.fail(failure)
        })
    }

    fn send_offsets(&mut self, group: &str, offsets: &[PartitionOffset]) -> Result<(), LogError> {
        self.usable()?;
        if self.member.as_ref().is_none_or(|member| member.group() != group) {
            return Err(failure::refused(
                &format!("commit offsets of group {group}"),
                "this writer belongs to no member of the group; take the writer of the membership",
            ));
        }
        offsets.iter().try_for_each(|next| self.cluster.check(&next.partition))?;
        self.offsets.extend(offsets.iter().map(|next| (next.partition.clone(), next.offset)));
        Ok(())
    }

    /// `next_offsets` come by topic and partition. After [`LogError::Aborted`] the writer goes on with a new producer;
    /// after [`LogError::Fenced`] and [`LogError::InDoubt`] it refuses everything.
    fn commit(&mut self) -> Result<CommitOutcome, LogError> {
        self.usable()?;
        if !self.open && self.offsets.is_empty() {
            return Ok(CommitOutcome::default());
        }
        self.begin()?;
        let committed = self.try_commit();
        let next_offsets = committed.map_err(|failure| self.fail(failure))?;
        self.open = false;
        self.offsets.clear();
        let named = |(place, offset): (usize, i64)| {
            Some(PartitionOffset { partition: self.places.get(place)?.clone(), offset })
        };
        let mut next_offsets: Vec<_> = next_offsets.into_iter().filter_map(named).collect();
        next_offsets.sort_unstable_by(|a, b| a.partition.cmp(&b.partition));
        Ok(CommitOutcome { next_offsets })
    }

    fn abort(&mut self) {
        if self.open
            && let Some(Err(error)) = self.producer.as_ref().map(|producer| producer.abort(ABORT_PATIENCE))
        {
            tracing::debug!(%error, transactional_id = self.transactional_id, "abort");
            self.unswept = true;
        }
        if self.open {
            self.forget();
        }
        self.offsets.clear();
    }

    fn sweep(&mut self, partitions: &[TopicPartition]) -> Result<(), LogError> {
        self.usable()?;
        self.try_sweep(partitions).map_err(|error| match error {
            LogError::Aborted { detail, .. } => {
                LogError::Unreachable { servers: self.cluster.options.bootstrap_servers.clone(), detail }
            }
            other => other,
        })
    }
}

/// Key of the records that are only written to be aborted: compacted topics want one.
const SWEEP: &[u8] = b"sweep";

/// An open transaction would hold back every reader of its partitions until it timed out.
impl Drop for KafkaWriter {
    fn drop(&mut self) {
        self.abort();
    }
}
