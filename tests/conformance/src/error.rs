//! What can be wrong with a case or its run, before any comparison.

use tillstream_topology::BuildErrors;
use tillstream_topology::driver::DriverError;

/// A case that cannot be understood or run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaseError {
    /// A file could not be read.
    #[error("{path}: {detail}")]
    File {
        /// The file.
        path: String,
        /// What is wrong with it.
        detail: String,
    },
    /// The case uses a word this interpreter does not know, or uses it in a wrong place.
    #[error("{0}")]
    Meaning(String),
    /// The topology was refused.
    #[error(transparent)]
    Build(#[from] BuildErrors),
    /// The driver could not be set up or failed for a reason of its own.
    #[error(transparent)]
    Driver(#[from] DriverError),
    /// The stores could not be read back.
    #[error(transparent)]
    Store(#[from] tillstream_topology::stores::Error),
}

impl CaseError {
    /// The case says something that cannot be understood.
    pub fn meaning(message: impl Into<String>) -> Self {
        Self::Meaning(message.into())
    }
}
