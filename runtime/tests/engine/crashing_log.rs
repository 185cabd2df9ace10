//! The embedded log, ending the process at a chosen commit of changed state: just before it, or just after it took effect.
//!
//! Commits of offsets and progress alone are not counted: a crash at one of them leaves no state behind the log, and how many there
//! are depends on the machine's speed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tillstream_runtime::log::{
    Append, CommitOutcome, FixedMembership, Join, Log, LogError, LogReader, LogWriter, Membership, PartitionOffset,
};

/// Which side of a commit the process ends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Before,
    /// The transaction is in the log, and nobody was told.
    After,
}

#[derive(Clone, Debug)]
pub(crate) struct CrashingLog {
    pub(crate) inner: Arc<dyn Log>,
    pub(crate) commits_left: Arc<AtomicU64>,
    pub(crate) side: Side,
}

impl Log for CrashingLog {
    fn reader(&self) -> Result<Box<dyn LogReader>, LogError> {
        self.inner.reader()
    }

    fn writer(&self, transactional_id: &str) -> Result<Box<dyn LogWriter>, LogError> {
        let inner = self.inner.writer(transactional_id)?;
        let commits_left = Arc::clone(&self.commits_left);
        Ok(Box::new(CrashingWriter { inner, commits_left, side: self.side, changes_state: false }))
    }

    fn join(&self, join: &Join) -> Result<Box<dyn Membership>, LogError> {
        Ok(Box::new(FixedMembership::new(self.clone(), join.clone())))
    }

    pass_on!(inner);
}

#[derive(Debug)]
struct CrashingWriter {
    inner: Box<dyn LogWriter>,
    commits_left: Arc<AtomicU64>,
    side: Side,
    /// Whether the open transaction holds changelog records.
    changes_state: bool,
}

impl LogWriter for CrashingWriter {
    fn append(&mut self, record: Append<'_>) -> Result<(), LogError> {
        self.changes_state |= record.topic.ends_with("-changelog");
        self.inner.append(record)
    }

    fn send_offsets(&mut self, group: &str, offsets: &[PartitionOffset]) -> Result<(), LogError> {
        self.inner.send_offsets(group, offsets)
    }

    fn commit(&mut self) -> Result<CommitOutcome, LogError> {
        let counts = std::mem::take(&mut self.changes_state);
        let last = counts && self.commits_left.fetch_sub(1, Ordering::SeqCst) == 1;
        if last && self.side == Side::Before {
            std::process::abort();
        }
        let outcome = self.inner.commit();
        if last {
            std::process::abort();
        }
        outcome
    }

    fn abort(&mut self) {
        self.changes_state = false;
        self.inner.abort();
    }
}
