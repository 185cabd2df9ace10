//! A log whose readers stand still while they are told to, as those of a frozen process do, or most of the time, as those of a
//! slow network do.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tillstream_runtime::log::{
    Fetched, FixedMembership, Join, Log, LogError, LogReader, LogWriter, Membership, TopicPartition,
};

#[derive(Clone, Debug)]
pub(crate) struct FrozenLog {
    inner: Arc<dyn Log>,
    /// Whoever has it reads.
    turn: Arc<Mutex<()>>,
    /// Which of its polls a reader answers: each, or each n-th.
    each: usize,
}

impl FrozenLog {
    pub(crate) fn new(inner: Arc<dyn Log>) -> Self {
        Self::slow(inner, 1)
    }

    /// Reads with each `each`-th poll.
    pub(crate) fn slow(inner: Arc<dyn Log>, each: usize) -> Self {
        Self { inner, turn: Arc::default(), each }
    }

    /// Nothing is read as long as the answer lives.
    pub(crate) fn freeze(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap()
    }
}

impl Log for FrozenLog {
    fn reader(&self) -> Result<Box<dyn LogReader>, LogError> {
        let (turn, each) = (Arc::clone(&self.turn), self.each);
        Ok(Box::new(FrozenReader { inner: self.inner.reader()?, turn, each, polls: 0 }))
    }

    fn writer(&self, transactional_id: &str) -> Result<Box<dyn LogWriter>, LogError> {
        self.inner.writer(transactional_id)
    }

    fn join(&self, join: &Join) -> Result<Box<dyn Membership>, LogError> {
        Ok(Box::new(FixedMembership::new(self.clone(), join.clone())))
    }

    pass_on!(inner);
}

#[derive(Debug)]
struct FrozenReader {
    inner: Box<dyn LogReader>,
    turn: Arc<Mutex<()>>,
    each: usize,
    polls: usize,
}

impl LogReader for FrozenReader {
    fn assign(&mut self, partition: &TopicPartition, offset: i64) -> Result<(), LogError> {
        self.inner.assign(partition, offset)
    }

    fn unassign(&mut self, partition: &TopicPartition) {
        self.inner.unassign(partition);
    }

    fn pause(&mut self, partition: &TopicPartition) {
        self.inner.pause(partition);
    }

    fn resume(&mut self, partition: &TopicPartition) {
        self.inner.resume(partition);
    }

    fn poll(&mut self, timeout: Duration) -> Result<Vec<Fetched>, LogError> {
        self.polls += 1;
        let fetched = if self.polls.is_multiple_of(self.each) {
            let _turn = self.turn.lock().unwrap();
            self.inner.poll(Duration::ZERO)?
        } else {
            Vec::new()
        };
        if fetched.is_empty() {
            std::thread::park_timeout(timeout.min(Duration::from_millis(1)));
        }
        Ok(fetched)
    }
}
