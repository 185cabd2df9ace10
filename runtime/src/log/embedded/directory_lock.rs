//! One process a log directory.

use std::fs::{File, TryLockError};
use std::path::Path;

use crate::log::LogError;

const FILE: &str = "tillstream.lock";

/// Held while the log is open. The system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct DirectoryLock {
    file: File,
}

impl DirectoryLock {
    /// Makes `dir` if need be and takes it for this process.
    pub(super) fn take(dir: &Path) -> Result<Self, LogError> {
        let path = dir.display().to_string();
        let io = |error: std::io::Error| LogError::Io { path: path.clone(), detail: error.to_string() };
        std::fs::create_dir_all(dir).map_err(io)?;
        let file = File::create(dir.join(FILE)).map_err(io)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { file }),
            Err(TryLockError::WouldBlock) => Err(LogError::Locked { path }),
            Err(TryLockError::Error(error)) => Err(io(error)),
        }
    }
}

impl Drop for DirectoryLock {
    /// Closing the file would not be enough: a child process that is just being started holds a copy of it for a moment,
    /// and the lock with it. What cannot be unlocked goes with the process.
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}
