//! The embedded log with a group whose leases a test moves about, politely or by force.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use tillstream_runtime::log::{
    Append, CommitOutcome, Join, Lease, Log, LogError, LogReader, LogWriter, Membership, PartitionOffset,
};

/// Which member should hold each task, and which does.
#[derive(Debug, Default)]
pub(crate) struct Leases {
    wanted: Vec<usize>,
    held: Vec<Option<usize>>,
    /// Tasks taken by force, of which the old holder was not told yet.
    stolen: Vec<BTreeSet<u32>>,
}

impl Leases {
    pub(crate) fn new(wanted: Vec<usize>, members: usize) -> Arc<Mutex<Self>> {
        let held = vec![None; wanted.len()];
        Arc::new(Mutex::new(Self { wanted, held, stolen: vec![BTreeSet::new(); members] }))
    }

    /// Asks the holder to give `task` to `member`.
    pub(crate) fn hand_over(&mut self, task: usize, member: usize) {
        self.wanted[task] = member;
    }

    /// Gives `task` to `member` at once; whoever had it learns of it later.
    pub(crate) fn steal(&mut self, task: usize, member: usize) {
        self.wanted[task] = member;
        if let Some(holder) = self.held[task].filter(|holder| *holder != member) {
            self.held[task] = None;
            self.stolen[holder].insert(task as u32);
        }
    }

    fn news(&mut self, member: usize) -> Vec<Lease> {
        let mut news = Vec::new();
        let lost = std::mem::take(&mut self.stolen[member]);
        if !lost.is_empty() {
            news.push(Lease::Lost(lost.into_iter().collect()));
        }
        let place = |wanted: bool, held: Option<usize>| {
            move |(task, (want, have)): (usize, (&usize, &Option<usize>))| {
                ((*want == member) == wanted && *have == held).then_some(task as u32)
            }
        };
        let both = || self.wanted.iter().zip(&self.held).enumerate();
        let revoked: Vec<u32> = both().filter_map(place(false, Some(member))).collect();
        let granted: Vec<u32> = both().filter_map(place(true, None)).collect();
        granted.iter().for_each(|task| self.held[*task as usize] = Some(member));
        if !revoked.is_empty() {
            news.push(Lease::Revoked(revoked));
        }
        news.push(Lease::Granted(granted));
        news
    }
}

/// One instance's view of the log.
#[derive(Clone, Debug)]
pub(crate) struct MovingLog {
    pub(crate) inner: Arc<dyn Log>,
    pub(crate) leases: Arc<Mutex<Leases>>,
    /// The first thread of this instance; its others come behind it.
    pub(crate) member: usize,
}

impl Log for MovingLog {
    fn reader(&self) -> Result<Box<dyn LogReader>, LogError> {
        self.inner.reader()
    }

    fn writer(&self, transactional_id: &str) -> Result<Box<dyn LogWriter>, LogError> {
        self.inner.writer(transactional_id)
    }

    fn join(&self, join: &Join) -> Result<Box<dyn Membership>, LogError> {
        let log = Self { member: self.member + join.thread, ..self.clone() };
        Ok(Box::new(MovingMembership { log, join: join.clone() }))
    }

    pass_on!(inner);
}

#[derive(Debug)]
struct MovingMembership {
    log: MovingLog,
    join: Join,
}

impl Membership for MovingMembership {
    fn poll(&mut self) -> Result<Vec<Lease>, LogError> {
        Ok(self.log.leases.lock().unwrap().news(self.log.member))
    }

    fn release(&mut self, tasks: &[u32]) -> Result<(), LogError> {
        let mut leases = self.log.leases.lock().unwrap();
        for task in tasks {
            let held = &mut leases.held[*task as usize];
            // A theft may have come first.
            if *held == Some(self.log.member) {
                *held = None;
            }
        }
        Ok(())
    }

    fn writer(&self) -> Result<Box<dyn LogWriter>, LogError> {
        let inner = self.log.writer(&self.join.transactional_id())?;
        Ok(Box::new(MovingWriter { inner, log: self.log.clone(), id: self.join.transactional_id() }))
    }
}

impl Drop for MovingMembership {
    fn drop(&mut self) {
        let mut leases = self.log.leases.lock().unwrap();
        let member = self.log.member;
        leases.held.iter_mut().filter(|held| **held == Some(member)).for_each(|held| *held = None);
        leases.stolen[member].clear();
    }
}

/// Refuses commits of a member that was robbed and does not know it yet, as a broker does by the group's generation.
#[derive(Debug)]
struct MovingWriter {
    inner: Box<dyn LogWriter>,
    log: MovingLog,
    id: String,
}

impl LogWriter for MovingWriter {
    fn append(&mut self, record: Append<'_>) -> Result<(), LogError> {
        self.inner.append(record)
    }

    fn send_offsets(&mut self, group: &str, offsets: &[PartitionOffset]) -> Result<(), LogError> {
        self.inner.send_offsets(group, offsets)
    }

    fn commit(&mut self) -> Result<CommitOutcome, LogError> {
        // Held over the commit: nothing is stolen in between.
        let leases = self.log.leases.lock().unwrap();
        if !leases.stolen[self.log.member].is_empty() {
            self.inner.abort();
            return Err(LogError::Fenced { transactional_id: self.id.clone() });
        }
        self.inner.commit()
    }

    fn abort(&mut self) {
        self.inner.abort();
    }
}
