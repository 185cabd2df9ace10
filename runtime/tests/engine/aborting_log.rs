//! A log that aborts the first transactions that consume something. Or those that change state, but says that they are
//! committed, as brokers that forget a transaction do; then the next one is in doubt.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tillstream_runtime::log::{
    Append, CommitOutcome, FixedMembership, Join, Log, LogError, LogReader, LogWriter, Membership, PartitionOffset,
    TopicPartition,
};

/// What the writer is told of a transaction that is aborted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Aborted,
    Committed,
}

#[derive(Clone, Debug)]
pub(crate) struct AbortingLog {
    inner: Arc<dyn Log>,
    answer: Answer,
    aborts_left: Arc<AtomicI64>,
}

impl AbortingLog {
    pub(crate) fn new(inner: Arc<dyn Log>, aborts: i64, answer: Answer) -> Self {
        Self { inner, answer, aborts_left: Arc::new(AtomicI64::new(aborts)) }
    }

    pub(crate) fn aborts_left(&self) -> i64 {
        self.aborts_left.load(Ordering::SeqCst).max(0)
    }
}

impl Log for AbortingLog {
    fn reader(&self) -> Result<Box<dyn LogReader>, LogError> {
        self.inner.reader()
    }

    fn writer(&self, transactional_id: &str) -> Result<Box<dyn LogWriter>, LogError> {
        let (inner, log) = (self.inner.writer(transactional_id)?, self.clone());
        Ok(Box::new(AbortingWriter { inner, log, consumes: false, written: BTreeSet::new(), forgot: false }))
    }

    fn join(&self, join: &Join) -> Result<Box<dyn Membership>, LogError> {
        Ok(Box::new(FixedMembership::new(self.clone(), join.clone())))
    }

    pass_on!(inner);
}

#[derive(Debug)]
struct AbortingWriter {
    inner: Box<dyn LogWriter>,
    log: AbortingLog,
    /// Whether the open transaction moves an offset.
    consumes: bool,
    /// The partitions of the open transaction.
    written: BTreeSet<TopicPartition>,
    /// Whether a transaction was aborted that is said to be committed.
    forgot: bool,
}

impl AbortingWriter {
    /// What it would say of a transaction that took no place in its partitions.
    fn forget(&mut self) -> Result<CommitOutcome, LogError> {
        self.forgot = true;
        let written: Vec<TopicPartition> = std::mem::take(&mut self.written).into_iter().collect();
        let ends = self.log.offsets(&written)?.into_iter().map(|range| range.end);
        let next = |(partition, offset)| PartitionOffset { partition, offset };
        Ok(CommitOutcome { next_offsets: written.into_iter().zip(ends).map(next).collect() })
    }
}

impl LogWriter for AbortingWriter {
    fn append(&mut self, record: Append<'_>) -> Result<(), LogError> {
        if self.forgot {
            return Err(LogError::InDoubt { transactional_id: "test".to_owned() });
        }
        self.written.insert(TopicPartition::new(Arc::clone(record.topic), record.partition));
        self.inner.append(record)
    }

    fn send_offsets(&mut self, group: &str, offsets: &[PartitionOffset]) -> Result<(), LogError> {
        self.consumes |= offsets.iter().any(|next| next.offset > 0);
        self.inner.send_offsets(group, offsets)
    }

    fn commit(&mut self) -> Result<CommitOutcome, LogError> {
        let consumes = std::mem::take(&mut self.consumes);
        let counts = match self.log.answer {
            Answer::Aborted => consumes,
            Answer::Committed => self.written.iter().any(|partition| partition.topic.ends_with("-changelog")),
        };
        if counts && self.log.aborts_left.fetch_sub(1, Ordering::SeqCst) > 0 {
            self.inner.abort();
            if self.log.answer == Answer::Committed {
                return self.forget();
            }
            let (transactional_id, detail) = ("test".to_owned(), "on purpose".to_owned());
            return Err(LogError::Aborted { transactional_id, detail });
        }
        self.written.clear();
        self.inner.commit()
    }

    fn abort(&mut self) {
        self.consumes = false;
        self.inner.abort();
    }
}
