//! The embedded log, aborting the first transactions that consume something.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tillstream_runtime::log::embedded::{EmbeddedLog, EmbeddedOptions};
use tillstream_runtime::log::{
    Append, CommitOutcome, FixedMembership, Join, Log, LogError, LogReader, LogWriter, Membership, PartitionOffset,
};
use tillstream_stores::rocks::Resources;

#[derive(Clone, Debug)]
pub(crate) struct AbortingLog {
    inner: Arc<dyn Log>,
    aborts_left: Arc<AtomicI64>,
}

impl AbortingLog {
    pub(crate) fn open(dir: &Path, resources: &Resources, aborts: i64) -> Self {
        let inner = EmbeddedLog::open(&dir.join("log"), EmbeddedOptions::default(), resources.clone()).unwrap();
        Self { inner: Arc::new(inner), aborts_left: Arc::new(AtomicI64::new(aborts)) }
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
        Ok(Box::new(AbortingWriter { inner, log, consumes: false }))
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
}

impl LogWriter for AbortingWriter {
    fn append(&mut self, record: Append<'_>) -> Result<(), LogError> {
        self.inner.append(record)
    }

    fn send_offsets(&mut self, group: &str, offsets: &[PartitionOffset]) -> Result<(), LogError> {
        self.consumes |= offsets.iter().any(|next| next.offset > 0);
        self.inner.send_offsets(group, offsets)
    }

    fn commit(&mut self) -> Result<CommitOutcome, LogError> {
        let consumes = std::mem::take(&mut self.consumes);
        if consumes && self.log.aborts_left.fetch_sub(1, Ordering::SeqCst) > 0 {
            self.inner.abort();
            let (transactional_id, detail) = ("test".to_owned(), "on purpose".to_owned());
            return Err(LogError::Aborted { transactional_id, detail });
        }
        self.inner.commit()
    }

    fn abort(&mut self) {
        self.consumes = false;
        self.inner.abort();
    }
}
