//! Who runs which task: the lease side of the log seam.
//!
//! A stream thread is a member of the application's group. The group hands each of the numbered tasks to one member at
//! a time; the member's writer carries the membership with every transaction, so that one who lost its place cannot
//! commit.

use std::collections::BTreeSet;

use super::{Log, LogError, LogWriter, TopicPartition};

/// What a stream thread says when it joins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Join {
    /// The consumer group: the `application.id`.
    pub group: String,
    /// Number of tasks of the application; leases are numbers below it.
    pub tasks: u32,
    /// Number of this thread within its instance.
    pub thread: usize,
    /// Number of threads of the instance.
    pub threads: usize,
    /// Name of the instance, unlike any other's and the same after a restart.
    pub instance: String,
}

impl Join {
    /// The transactional id of the thread: one at a time in the whole group.
    ///
    /// ```
    /// use tillstream_runtime::log::Join;
    ///
    /// let join = Join { group: "shop".into(), tasks: 8, thread: 1, threads: 2, instance: "till-7".into() };
    /// assert_eq!(join.transactional_id(), "shop-till-7-1");
    /// ```
    pub fn transactional_id(&self) -> String {
        format!("{}-{}-{}", self.group, self.instance, self.thread)
    }
}

/// A change of what a member holds, by number of the lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lease {
    /// These tasks are the member's from now on. None at first: the group has answered, and has no task to spare.
    Granted(Vec<u32>),
    /// These are wanted elsewhere. They stay the member's until [`Membership::release`]: commit and close them first.
    Revoked(Vec<u32>),
    /// These are somebody else's already: drop what they have uncommitted and close them.
    Lost(Vec<u32>),
}

impl Lease {
    /// The tasks it is about.
    pub fn tasks(&self) -> &[u32] {
        match self {
            Lease::Granted(tasks) | Lease::Revoked(tasks) | Lease::Lost(tasks) => tasks,
        }
    }
}

/// A place in the group. Belongs to one thread; dropping it leaves the group.
pub trait Membership: Send + std::fmt::Debug {
    /// What changed since the last call. Never waits; call it often, a member that is not heard of is put out.
    ///
    /// # Errors
    /// [`LogError::Fenced`] when another member took this one's name; when the log cannot be reached for good.
    fn poll(&mut self) -> Result<Vec<Lease>, LogError>;

    /// Gives revoked tasks away, which have been committed and closed.
    ///
    /// # Errors
    /// When the log cannot be reached for good.
    fn release(&mut self, tasks: &[u32]) -> Result<(), LogError>;

    /// A new transactional writer under the member's transactional id, fencing the one before it. Offsets it sends for
    /// the group are refused ([`LogError::Fenced`]) once the member has lost its place.
    ///
    /// # Errors
    /// When the log cannot be reached.
    fn writer(&self) -> Result<Box<dyn LogWriter>, LogError>;

    /// Ends at once, as aborted, what those of `writers`, transactional ids of former members, left open on `partitions` who are
    /// in the group no more. Until it is ended nobody reads past it, and the log itself waits for the transaction time-out. What
    /// cannot be ended is left to that.
    fn end_departed(&self, writers: &BTreeSet<String>, partitions: &[TopicPartition]) {
        let _ = (writers, partitions);
    }
}

/// The membership of a log that one process has for itself: each thread holds every `threads`-th task, for good.
#[derive(Debug)]
pub struct FixedMembership<L> {
    log: L,
    join: Join,
    granted: bool,
}

impl<L: Log> FixedMembership<L> {
    /// The membership of `join`, whose writers are `log`'s.
    pub fn new(log: L, join: Join) -> Self {
        Self { log, join, granted: false }
    }
}

impl<L: Log> Membership for FixedMembership<L> {
    fn poll(&mut self) -> Result<Vec<Lease>, LogError> {
        if std::mem::replace(&mut self.granted, true) {
            return Ok(Vec::new());
        }
        let tasks = (0..self.join.tasks).skip(self.join.thread).step_by(self.join.threads.max(1));
        Ok(vec![Lease::Granted(tasks.collect())])
    }

    fn release(&mut self, _tasks: &[u32]) -> Result<(), LogError> {
        Ok(())
    }

    fn writer(&self) -> Result<Box<dyn LogWriter>, LogError> {
        self.log.writer(&self.join.transactional_id())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::log::embedded::{EmbeddedLog, EmbeddedOptions};

    #[test]
    fn threads_share_the_tasks_without_overlap() {
        let dir = tempfile::tempdir().unwrap();
        let resources = tillstream_stores::rocks::Resources::new(8 << 20, 50, 64);
        let log = EmbeddedLog::open(dir.path(), EmbeddedOptions::default(), resources).unwrap();
        let mut held = Vec::new();
        for thread in 0..2 {
            let join = Join { group: "g".to_owned(), tasks: 5, thread, threads: 2, instance: "i".to_owned() };
            let mut member = log.join(&join).unwrap();
            let Some(Lease::Granted(tasks)) = member.poll().unwrap().pop() else { panic!("nothing granted") };
            held.extend(tasks);
            assert_eq!(member.poll().unwrap(), []);
        }
        held.sort_unstable();
        assert_eq!(held, [0, 1, 2, 3, 4]);
    }
}
