//! What can go wrong with state, told apart by what has to be done about it.

use std::path::PathBuf;

use crate::SerdeError;
use crate::rocks;

/// An error of a store or of a task's state.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The storage engine failed: disk full, directory locked, data damaged, input or output.
    #[error(transparent)]
    Storage(#[from] rocks::Error),
    /// The directory's content contradicts itself. Move it away with [`quarantine`](crate::quarantine) and restore from
    /// the changelogs.
    #[error("the state in {path} is damaged: {detail}; it must be moved away and restored from the changelogs", path = .path.display())]
    Damaged {
        /// Directory of the task.
        path: PathBuf,
        /// What contradicts what.
        detail: String,
    },
    /// The directory was written by a version with another format.
    #[error("the state in {path} has format {found}, this program reads {supported}; use the version that wrote it, or move the directory away to restore from the changelogs", path = .path.display())]
    Format {
        /// Directory of the task.
        path: PathBuf,
        /// Format version found.
        found: u32,
        /// Format version this program writes.
        supported: u32,
    },
    /// A key or value could not be encoded or decoded.
    #[error(
        "store {store}: {part} cannot be converted: {source}; did the type or its serde change? reset the store if so"
    )]
    Serde {
        /// Name of the store.
        store: String,
        /// `key` or `value`.
        part: &'static str,
        /// What the serde said.
        source: SerdeError,
    },
    /// Committed bytes, or a changelog record, do not have the layout of the store.
    #[error("store {store}: {detail}; the store must be restored from its changelog")]
    Layout {
        /// Name of the store.
        store: String,
        /// What is wrong.
        detail: String,
    },
    /// An update failed after it had taken an uncommitted value out. Discard the overlay and process again from the
    /// committed state.
    #[error("store {store}: an update failed half way; discard the uncommitted writes and process them again")]
    Torn {
        /// Name of the store.
        store: String,
    },
    /// No such store in this task, or it is of another kind.
    #[error("the task has no {kind} store called {store}; check the name")]
    UnknownStore {
        /// The name asked for.
        store: String,
        /// The kind asked for.
        kind: &'static str,
    },
    /// The task was closed or moved away meanwhile; ask the instance that owns it now.
    #[error("the task's state is closed; ask the instance that owns the task now")]
    Closed,
    /// The process that owns the task gave no answer; ask again shortly, the task may be moving.
    #[error("the instance that owns the task gives no answer: {detail}")]
    Remote {
        /// Why.
        detail: String,
    },
    /// A directory could not be renamed or removed.
    #[error("{path}: {detail}; check the permissions", path = .path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the operating system said.
        detail: String,
    },
}

impl Error {
    /// Whether the disk is full: park the task until there is space, then open its state again.
    #[must_use]
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Storage(error) if error.is_full())
    }

    /// Whether the directory must be moved away and restored from the changelogs.
    #[must_use]
    pub fn is_damaged(&self) -> bool {
        match self {
            Self::Storage(error) => error.is_corrupt(),
            Self::Damaged { .. } | Self::Layout { .. } => true,
            _ => false,
        }
    }

    /// Whether someone else has the directory open: try again later, or use another directory.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        matches!(self, Self::Storage(error) if error.is_locked())
    }

    /// Whether a key or value could not be encoded or decoded.
    #[must_use]
    pub fn is_serde(&self) -> bool {
        matches!(self, Self::Serde { .. })
    }

    pub(crate) fn key(store: &str, source: SerdeError) -> Self {
        Self::Serde { store: store.to_owned(), part: "key", source }
    }

    pub(crate) fn value(store: &str, source: SerdeError) -> Self {
        Self::Serde { store: store.to_owned(), part: "value", source }
    }

    pub(crate) fn layout(store: &str, detail: impl Into<String>) -> Self {
        Self::Layout { store: store.to_owned(), detail: detail.into() }
    }
}
