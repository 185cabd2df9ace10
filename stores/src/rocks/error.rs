//! What can go wrong with a database, told apart by what has to be done about it.

use std::path::{Path, PathBuf};

/// An error of the storage engine; each says what happened, where, and what to do.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// Another process, or another part of this one, has the database open.
    #[error("{path} is in use by another process; stop it, or give this one its own data directory ({detail})", path = .path.display())]
    Locked {
        /// Directory of the database.
        path: PathBuf,
        /// The engine's own words.
        detail: String,
    },
    /// A checksum does not match or a file is missing: nothing read from here can be trusted.
    #[error("{path} is damaged; move the directory away and let it be rebuilt ({detail})", path = .path.display())]
    Corrupt {
        /// Directory of the database.
        path: PathBuf,
        /// The engine's own words.
        detail: String,
    },
    /// The disk is full. What was being written is not visible, what was written before is not lost. The engine takes no
    /// more writes, even when there is space again, until the database is opened anew; reading goes on.
    #[error("the disk that holds {path} is full; free some space and open it again: nothing that was committed is lost ({detail})", path = .path.display())]
    Full {
        /// Directory of the database.
        path: PathBuf,
        /// The engine's own words.
        detail: String,
    },
    /// Reading or writing failed in another way. After a failed sync the content is suspect and must be rebuilt.
    #[error("storage error in {path}; check the disk and the permissions ({detail})", path = .path.display())]
    Io {
        /// Directory of the database.
        path: PathBuf,
        /// The engine's own words.
        detail: String,
    },
    /// A column was named that the database was not opened with.
    #[error("{path} has no column {column:?}; name it when the database is opened", path = .path.display())]
    UnknownColumn {
        /// Directory of the database.
        path: PathBuf,
        /// The name that was asked for.
        column: String,
    },
}

impl Error {
    /// Sorts an error of the engine by what has to be done about it.
    pub(super) fn of(path: &Path, error: rocksdb::Error) -> Self {
        let kind = error.kind();
        let detail = error.into_string();
        let path = path.to_path_buf();
        // A full disk first: it is also reported inside errors of other kinds, for instance of a failed flush.
        if detail.contains("No space left on device") || detail.contains("Disk quota exceeded") {
            Self::Full { path, detail }
        } else if kind == rocksdb::ErrorKind::Corruption {
            Self::Corrupt { path, detail }
        } else {
            Self::Io { path, detail }
        }
    }

    /// As [`Error::of`], for errors that opening returned: a lock that is held, a file that is gone.
    pub(super) fn opening(path: &Path, error: rocksdb::Error) -> Self {
        match Self::of(path, error) {
            Self::Io { path, detail } if is_lock_error(&detail) => Self::Locked { path, detail },
            Self::Io { path, detail } if detail.contains("No such file or directory") => Self::Corrupt { path, detail },
            other => other,
        }
    }

    /// Whether the disk is full: wait for space, then open the database again.
    #[must_use]
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full { .. })
    }

    /// Whether the content cannot be trusted and must be rebuilt.
    #[must_use]
    pub fn is_corrupt(&self) -> bool {
        matches!(self, Self::Corrupt { .. })
    }

    /// Whether someone else has the database open.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        matches!(self, Self::Locked { .. })
    }
}

fn is_lock_error(detail: &str) -> bool {
    detail.contains("While lock file") || detail.contains("lock hold by current process")
}
