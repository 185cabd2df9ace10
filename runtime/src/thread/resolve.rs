//! What follows a commit that did not succeed.

use super::StreamThread;
use super::commit::Pending;
use crate::error::Error;
use crate::ids::TaskId;
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
                self.writer = self.context.writer(&*self.membership)?;
                self.reopen_all();
                Ok(())
            }
            LogError::Aborted { .. } => {
                tracing::warn!(%error, "transaction aborted; its records are processed again");
                places.into_iter().rev().try_for_each(|place| self.roll_back(place))
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

    /// Opens all tasks anew: positions from the log, state with the changelog's tail. All, because what is in doubt may be a
    /// transaction before the last one, of other tasks.
    fn reopen_all(&mut self) {
        let ids: Vec<TaskId> = self.tasks.iter().map(|task| task.id).collect();
        self.close_tasks(&ids);
        self.granted.extend(ids);
    }
}
