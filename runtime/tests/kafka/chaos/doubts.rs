//! A Kafka log whose answer to a commit is lost now and then: half of the time behind a commit that took effect, half of the
//! time before one that never will.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tillstream_runtime::log::{
    Append, CommitOutcome, Join, Lease, Log, LogError, LogReader, LogWriter, Membership, OffsetRange, PartitionOffset,
    TopicPartition,
};

/// Between two commits whose answer is lost.
const EVERY: u64 = 13;

#[derive(Debug)]
pub(crate) struct DoubtfulLog {
    inner: Arc<dyn Log>,
    commits: Arc<AtomicU64>,
}

impl DoubtfulLog {
    pub(crate) fn new(inner: Arc<dyn Log>) -> Self {
        Self { inner, commits: Arc::default() }
    }
}

impl Log for DoubtfulLog {
    fn reader(&self) -> Result<Box<dyn LogReader>, LogError> {
        self.inner.reader()
    }

    fn batch_reader(&self) -> Result<Box<dyn LogReader>, LogError> {
        self.inner.batch_reader()
    }

    fn writer(&self, transactional_id: &str) -> Result<Box<dyn LogWriter>, LogError> {
        self.inner.writer(transactional_id)
    }

    fn join(&self, join: &Join) -> Result<Box<dyn Membership>, LogError> {
        let inner = self.inner.join(join)?;
        Ok(Box::new(DoubtfulMember { inner, id: join.transactional_id(), commits: Arc::clone(&self.commits) }))
    }

    fn settled_offsets(&self, partitions: &[TopicPartition]) -> Result<Vec<OffsetRange>, LogError> {
        self.inner.settled_offsets(partitions)
    }

    pass_on!(inner);
}

#[derive(Debug)]
struct DoubtfulMember {
    inner: Box<dyn Membership>,
    id: String,
    commits: Arc<AtomicU64>,
}

impl Membership for DoubtfulMember {
    fn poll(&mut self) -> Result<Vec<Lease>, LogError> {
        self.inner.poll()
    }

    fn release(&mut self, tasks: &[u32]) -> Result<(), LogError> {
        self.inner.release(tasks)
    }

    fn writer(&self) -> Result<Box<dyn LogWriter>, LogError> {
        let (id, commits) = (self.id.clone(), Arc::clone(&self.commits));
        Ok(Box::new(DoubtfulWriter { inner: self.inner.writer()?, id, commits }))
    }

    fn end_departed(&self, writers: &BTreeSet<String>, partitions: &[TopicPartition]) {
        self.inner.end_departed(writers, partitions);
    }
}

#[derive(Debug)]
struct DoubtfulWriter {
    inner: Box<dyn LogWriter>,
    id: String,
    commits: Arc<AtomicU64>,
}

impl LogWriter for DoubtfulWriter {
    fn append(&mut self, record: Append<'_>) -> Result<(), LogError> {
        self.inner.append(record)
    }

    fn send_offsets(&mut self, group: &str, offsets: &[PartitionOffset]) -> Result<(), LogError> {
        self.inner.send_offsets(group, offsets)
    }

    fn commit(&mut self) -> Result<CommitOutcome, LogError> {
        let number = self.commits.fetch_add(1, Ordering::Relaxed);
        if number % EVERY != EVERY - 1 {
            return self.inner.commit();
        }
        let takes_effect = (number / EVERY).is_multiple_of(2);
        if takes_effect {
            self.inner.commit()?;
        }
        tracing::warn!(self.id, takes_effect, "the answer to a commit is lost");
        Err(LogError::InDoubt { transactional_id: self.id.clone() })
    }

    fn abort(&mut self) {
        self.inner.abort();
    }

    fn sweep(&mut self, partitions: &[TopicPartition]) -> Result<(), LogError> {
        self.inner.sweep(partitions)
    }
}
