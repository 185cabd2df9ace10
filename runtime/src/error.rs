//! Why a task or the whole application cannot go on.

use tillstream_topology::{BuildErrors, ProcessError, WiringError};

use crate::ids::TaskId;
use crate::log::LogError;

/// Errors of the engine. A record's own fault is never here: such records go to the dead letters.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The log failed.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The topology does not fit the log's topics.
    #[error(transparent)]
    Topology(#[from] BuildErrors),
    /// A task could not be wired.
    #[error(transparent)]
    Wiring(#[from] WiringError),
    /// A store failed.
    #[error(transparent)]
    Store(#[from] tillstream_stores::Error),
    /// An operator failed for a reason that is not the record's.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// A task's state is damaged. Its directory is set aside and the state restored from the changelogs.
    #[error("the state of task {task} is damaged: {reason}")]
    Damaged {
        /// The task.
        task: TaskId,
        /// What the store said.
        reason: String,
    },
    /// Another instance joined the group under this one's name.
    #[error(
        "another instance runs as {name}; give each instance a name of its own (application.instance) and a data directory of its own"
    )]
    NameTaken {
        /// The name both have.
        name: String,
    },
    /// A stream thread panicked. What it had not committed is processed again, after a restart or by another instance.
    #[error(
        "a stream thread panicked, as the standard error tells; nothing committed is lost, but this is a bug: report it"
    )]
    Panic,
    /// A thread could not be started.
    #[error("a stream thread could not be started: {0}")]
    Thread(std::io::Error),
    /// The saved progress of a task cannot be read.
    #[error("the progress record of task {task} cannot be read ({detail}); it was written by another version")]
    Progress {
        /// The task.
        task: String,
        /// What the parser said.
        detail: String,
    },
}

impl Error {
    /// Says whose state is damaged, if that is what the error is about.
    pub(crate) fn of_task(self, task: TaskId) -> Self {
        let damaged = match &self {
            Error::Store(error) | Error::Process(ProcessError::Store(error)) => error.is_damaged(),
            _ => false,
        };
        if damaged { Error::Damaged { task, reason: self.to_string() } } else { self }
    }

    /// Whether another member may have taken over what this thread held: it has to join the group again. What it was about to
    /// read may be deleted because the other has processed it.
    pub(crate) fn is_overtaken(&self) -> bool {
        match self {
            Error::Log(LogError::OffsetOutOfRange { offset, start, .. }) => offset < start,
            Error::Log(LogError::Fenced { .. }) => true,
            _ => false,
        }
    }

    /// Whether waiting helps: no space left, or the log does not answer.
    pub fn is_retriable(&self) -> bool {
        match self {
            Error::Log(error) => error.is_retriable(),
            Error::Store(error) | Error::Process(ProcessError::Store(error)) => error.is_full(),
            _ => false,
        }
    }
}
