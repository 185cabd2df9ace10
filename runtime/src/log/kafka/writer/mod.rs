//! Appends records in transactions.

mod places;
mod sweep;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use tillstream_topology::TopicPartition;

use self::places::Places;
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
    places: Places,
    offsets: BTreeMap<TopicPartition, i64>,
    /// Whether the last transaction was given up.
    given_up: bool,
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
            places: Places::default(),
            offsets: BTreeMap::new(),
            given_up: false,
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
        if !self.open && self.producer.as_ref().is_some_and(Producer::is_doubtful) {
            tracing::info!(
                transactional_id = self.transactional_id,
                "the last commit may not have ended as it seemed: new producer"
            );
            self.producer = None;
        }
        if self.producer.is_none()
            && let Err(error) = self.go_on()
        {
            self.forget();
            return Err(error);
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

    /// Goes on with a new producer.
    fn go_on(&mut self) -> Result<(), LogError> {
        let producer = Producer::connect(&self.cluster, &self.transactional_id)?;
        self.places.topics().try_for_each(|topic| producer.learn(&self.cluster, topic))?;
        self.producer = Some(producer);
        match self.left_open()? {
            // What was committed, as it seemed, may be among what is open: the state it went into is opened anew.
            Some(open) if self.member.is_some() => Err(self.fail(Failure::InDoubt(open))),
            Some(_) if self.given_up => {
                let written = self.places.partitions().to_vec();
                self.sweep(&written)
            }
            // What was committed and is open all the same ends with the next commit.
            _ => Ok(()),
        }
    }

    /// Place of the partition a record is for.
    fn place(&mut self, record: &Append<'_>) -> Result<usize, LogError> {
        let (topic, partition) = (record.topic, record.partition);
        if let Some(place) = self.places.of(topic, partition) {
            return Ok(place);
        }
        let unknown = || LogError::UnknownTopic(TopicPartition::new(Arc::clone(topic), partition));
        if !self.places.knows(topic) {
            let count = self.cluster.partitions(topic)?.ok_or_else(unknown)?;
            self.producer.iter().try_for_each(|producer| producer.learn(&self.cluster, topic))?;
            self.places.add(topic, count);
        }
        self.places.of(topic, partition).ok_or_else(unknown)
    }

    /// Brings everything to the brokers and ends the transaction.
    fn try_commit(&mut self) -> Result<Vec<(usize, i64)>, Failure> {
        let deadline = Instant::now() + self.cluster.options.transaction_timeout;
        let Some(producer) = &mut self.producer else { return Err(Failure::Aborted("no producer".to_owned())) };
        if !self.offsets.is_empty() {
            let group = self.member.as_ref().and_then(Member::metadata).ok_or(Failure::Fenced)?;
            let sent = super::member::partition_offsets(&self.offsets)
                .and_then(|offsets| producer.send_offsets(offsets, group, deadline));
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
        (self.open, self.given_up) = (false, false);
        self.offsets.clear();
        let named = |(place, offset): (usize, i64)| {
            Some(PartitionOffset { partition: self.places.partition(place)?.clone(), offset })
        };
        let mut next_offsets: Vec<_> = next_offsets.into_iter().filter_map(named).collect();
        next_offsets.sort_unstable_by(|a, b| a.partition.cmp(&b.partition));
        Ok(CommitOutcome { next_offsets })
    }

    fn abort(&mut self) {
        if self.open {
            if let Some(Err(error)) = self.producer.as_ref().map(|producer| producer.abort(ABORT_PATIENCE)) {
                tracing::debug!(%error, transactional_id = self.transactional_id, "abort");
            }
            self.given_up = true;
            self.forget();
        }
        self.offsets.clear();
    }

    fn sweep(&mut self, partitions: &[TopicPartition]) -> Result<(), LogError> {
        self.usable()?;
        self.sweep_once(partitions).map_err(|error| match error {
            LogError::Aborted { detail, .. } => {
                LogError::Unreachable { servers: self.cluster.options.bootstrap_servers.clone(), detail }
            }
            other => other,
        })
    }
}

/// An open transaction would hold back every reader of its partitions until it timed out.
impl Drop for KafkaWriter {
    fn drop(&mut self) {
        self.abort();
    }
}
