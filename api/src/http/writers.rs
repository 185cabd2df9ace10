//! Transactional writers for ingest, lent to one request at a time.

use std::sync::{Arc, Mutex, PoisonError};

use tillstream_runtime::log::{Log, LogError, LogWriter};

/// A fixed number of writers, each with a transactional id of its own, opened when first needed.
///
/// std's lock: held to take or to give back a writer, never over a commit.
#[derive(Debug)]
pub(crate) struct WriterPool {
    log: Arc<dyn Log>,
    prefix: String,
    idle: Mutex<Vec<Slot>>,
}

#[derive(Debug)]
struct Slot {
    number: usize,
    writer: Option<Box<dyn LogWriter>>,
}

impl WriterPool {
    pub(crate) fn new(log: Arc<dyn Log>, application_id: &str, slots: usize) -> Self {
        let idle = (0..slots.max(1)).rev().map(|number| Slot { number, writer: None }).collect();
        Self { log, prefix: format!("{application_id}-http"), idle: Mutex::new(idle) }
    }

    /// Lends a writer to `work`. Blocking. After an error the writer is dropped: its state is not known.
    ///
    /// # Errors
    /// What `work` or opening a writer says.
    pub(crate) fn lend<T, E: From<LogError>>(
        &self,
        work: impl FnOnce(&mut dyn LogWriter) -> Result<T, E>,
    ) -> Result<Option<T>, E> {
        let Some(mut slot) = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop() else {
            return Ok(None);
        };
        let outcome = self.use_slot(&mut slot, work);
        if outcome.is_err() {
            slot.writer = None;
        }
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(slot);
        outcome.map(Some)
    }

    fn use_slot<T, E: From<LogError>>(
        &self,
        slot: &mut Slot,
        work: impl FnOnce(&mut dyn LogWriter) -> Result<T, E>,
    ) -> Result<T, E> {
        let writer = match &mut slot.writer {
            Some(writer) => writer,
            empty => empty.insert(self.log.writer(&format!("{}-{}", self.prefix, slot.number))?),
        };
        work(writer.as_mut())
    }
}
