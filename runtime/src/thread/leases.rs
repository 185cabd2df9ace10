//! Following the group: tasks that are granted are opened, tasks that are wanted elsewhere are committed and closed.

use super::StreamThread;
use crate::error::Error;
use crate::ids::TaskId;
use crate::log::{Lease, LogError};
use crate::standby::Claim;

/// Tasks that are opened in one go: the log answers for all of them at once, and opening a state directory takes
/// milliseconds.
const OPENED_AT_ONCE: usize = 32;

impl StreamThread {
    /// Acts on what the group has decided since the last turn.
    pub(super) fn follow_leases(&mut self) -> Result<(), Error> {
        for lease in self.membership.poll().map_err(name_taken)? {
            self.joined = true;
            match lease {
                Lease::Granted(leases) => {
                    let ids = self.ids(&leases);
                    tracing::info!(thread = self.index, tasks = %names(&ids), "tasks granted");
                    self.granted.extend(ids);
                }
                Lease::Revoked(leases) => {
                    let ids = self.ids(&leases);
                    tracing::info!(thread = self.index, tasks = %names(&ids), "tasks revoked");
                    self.commit()?;
                    self.close_tasks(&ids);
                    self.membership.release(&leases)?;
                }
                Lease::Lost(leases) => {
                    let ids = self.ids(&leases);
                    tracing::warn!(thread = self.index, tasks = %names(&ids), "tasks lost to another member");
                    self.close_tasks(&ids);
                    self.was_put_out = true;
                }
            }
        }
        Ok(())
    }

    /// Opens some of the granted tasks a turn, so that the others are not kept waiting. One that another thread has not closed
    /// yet is left for later.
    pub(super) fn open_granted(&mut self) -> Result<(), Error> {
        let claims = &self.context.tasks.claims;
        let free = self.granted.iter().filter_map(|id| claims.claim(*id)).take(OPENED_AT_ONCE);
        let tasks: Vec<Claim> = free.collect();
        if tasks.is_empty() {
            return Ok(());
        }
        self.granted.retain(|id| tasks.iter().all(|task| task.id() != *id));
        if std::mem::take(&mut self.was_put_out) {
            self.writer = self.context.writer(&*self.membership)?;
        }
        self.restoring.begin(tasks, &self.context, &*self.membership)
    }

    /// Brings restores a batch further and takes over the tasks that are ready. `idle`: nothing else is waiting.
    pub(super) fn restore(&mut self, idle: bool) -> Result<(), Error> {
        for opening in self.restoring.advance(&self.context, idle)? {
            let id = opening.id;
            let task = opening.finish().map_err(|error| error.of_task(id))?;
            self.start_reading(&task)?;
            self.publish(&task);
            self.tasks.push(task);
        }
        Ok(())
    }

    /// Whether one of the granted tasks can be opened.
    pub(super) fn may_open(&self) -> bool {
        self.granted.iter().any(|id| !self.context.tasks.claims.is_claimed(*id))
    }

    /// Whether tasks are on their way, or the group was not heard of yet.
    pub(super) fn is_restoring(&self) -> bool {
        !self.joined || !self.granted.is_empty() || !self.restoring.is_empty()
    }

    fn ids(&self, leases: &[u32]) -> Vec<TaskId> {
        leases.iter().filter_map(|lease| self.context.leases.get(*lease as usize).copied()).collect()
    }

    /// Closes tasks as of their last commit: what they did since is dropped.
    pub(super) fn close_tasks(&mut self, ids: &[TaskId]) {
        self.granted.retain(|id| !ids.contains(id));
        self.restoring.close(ids, &self.context.tasks);
        let (closed, kept) = std::mem::take(&mut self.tasks).into_iter().partition(|task| ids.contains(&task.id));
        self.tasks = kept;
        let closed: Vec<_> = closed;
        for task in closed {
            self.context.query.withdraw(task.id);
            task.queues.iter().for_each(|queue| self.reader.unassign(&queue.partition));
            task.close();
        }
    }
}

fn names(ids: &[TaskId]) -> String {
    ids.iter().map(TaskId::to_string).collect::<Vec<_>>().join(" ")
}

/// Fenced by the group itself, not by a commit: another instance goes by the same name, or so the group believes.
fn name_taken(error: LogError) -> Error {
    match error {
        LogError::Fenced { transactional_id } => Error::NameTaken { name: transactional_id },
        other => other.into(),
    }
}
