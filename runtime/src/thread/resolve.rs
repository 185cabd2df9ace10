//! What follows a commit that did not succeed.

use super::StreamThread;
use super::commit::Pending;
use super::stream_thread::transactional_id;
use crate::error::Error;
use crate::log::LogError;

impl StreamThread {
    /// Brings the thread back to the last known commit, without guessing.
    ///
    /// In doubt: a new writer fences whatever the old one may still have under way; then the committed offsets tell whether the
    /// transaction took effect. If it did, the changelog's tail is replayed; if not, the records are processed again.
    pub(super) fn resolve(&mut self, error: LogError, pending: Vec<Pending>) -> Result<(), Error> {
        let places: Vec<usize> = pending.into_iter().map(|pending| pending.place).collect();
        match error {
            LogError::InDoubt { .. } => {
                self.context.metrics.in_doubt();
                let id = transactional_id(&self.context.options.application_id, self.index);
                self.writer = self.context.tasks.log.writer(&id)?;
                self.reopen(&places)
            }
            LogError::Full { .. } => {
                tracing::warn!(%error, "commit postponed");
                for place in places {
                    self.roll_back(place)?;
                }
                Err(error.into())
            }
            other => Err(other.into()),
        }
    }

    /// Opens tasks anew: positions from the log, state with the changelog's tail.
    fn reopen(&mut self, places: &[usize]) -> Result<(), Error> {
        for place in places {
            if *place >= self.tasks.len() {
                continue;
            }
            let id = self.tasks.remove(*place).close();
            let task = self.context.tasks.open(id)?;
            self.start_reading(&task)?;
            self.publish(&task);
            self.tasks.insert(*place, task);
        }
        Ok(())
    }
}
