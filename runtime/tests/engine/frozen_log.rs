//! A log whose readers stand still while they are told to, as those of a frozen process do.

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
}

impl FrozenLog {
    pub(crate) fn new(inner: Arc<dyn Log>) -> Self {
        Self { inner, turn: Arc::default() }
    }

    /// Nothing is read as long as the answer lives.
    pub(crate) fn freeze(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap()
    }
}

impl Log for FrozenLog {
    fn reader(&self) -> Result<Box<dyn LogReader>, LogError> {
        Ok(Box::new(FrozenReader { inner: self.inner.reader()?, turn: Arc::clone(&self.turn) }))
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
        let fetched = {
            let _turn = self.turn.lock().unwrap();
            self.inner.poll(Duration::ZERO)?
        };
        if fetched.is_empty() {
            std::thread::park_timeout(timeout.min(Duration::from_millis(1)));
        }
        Ok(fetched)
    }
}
