//! The database under the log, which is opened anew after a failed write.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use tillstream_stores::rocks::{self, Batch, Column, ColumnKind, Database, Durability, Resources};

use super::keys::{BATCH_COLUMNS, META};
use super::partition::Partition;
use crate::log::LogError;

/// A database that refuses writes after an error does so until it is opened again. Reading goes on meanwhile.
#[derive(Debug)]
pub(super) struct Store {
    dir: PathBuf,
    resources: Resources,
    /// `None` only when the last attempt to open it failed. A lock of readers and one writer, because opening needs
    /// everyone else out of the directory.
    database: RwLock<Option<Arc<Database>>>,
}

impl Store {
    pub(super) fn open(dir: &Path, resources: Resources) -> Result<Self, LogError> {
        let store = Self { dir: dir.to_path_buf(), resources, database: RwLock::new(None) };
        store.reopen()?;
        Ok(store)
    }

    /// Closes the database, if it is open, and opens it. Waits for those who read.
    pub(super) fn reopen(&self) -> Result<(), LogError> {
        let mut database = self.database.write().unwrap_or_else(PoisonError::into_inner);
        // The directory is locked until the old one is gone.
        *database = None;
        let mut columns = BATCH_COLUMNS.map(|name| Column::new(name, ColumnKind::Log)).to_vec();
        columns.push(Column::new(META, ColumnKind::Meta));
        let opened = Database::open(&self.dir, &columns, &self.resources);
        *database = Some(opened.map_err(|error| self.log_error(error))?);
        Ok(())
    }

    /// Runs `read` on the database. What it does must be brief, and must not keep the database.
    pub(super) fn read<R>(&self, read: impl FnOnce(&Database) -> Result<R, rocks::Error>) -> Result<R, LogError> {
        self.with(read)?.map_err(|error| self.log_error(error))
    }

    /// As [`Store::read`], for the batches of a partition: damage is reported as lying at `offset`.
    pub(super) fn read_at<R>(
        &self,
        partition: &Partition,
        offset: i64,
        read: impl FnOnce(&Database) -> Result<R, rocks::Error>,
    ) -> Result<R, LogError> {
        self.with(read)?.map_err(|error| match error {
            rocks::Error::Corrupt { detail, .. } => {
                LogError::Corrupt { partition: partition.name.clone(), offset, detail }
            }
            other => self.log_error(other),
        })
    }

    /// Writes what `fill` puts into a batch, all or nothing.
    pub(super) fn write(&self, durability: Durability, fill: impl FnOnce(&mut Batch)) -> Result<(), WriteError> {
        let written = self.with(|database| {
            let mut batch = database.batch();
            fill(&mut batch);
            database.write(batch, durability)
        });
        match written {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => {
                Err(WriteError { nothing_written: nothing_written(&error), error: self.log_error(error) })
            }
            Err(error) => Err(WriteError { nothing_written: true, error }),
        }
    }

    /// Bytes of batches that are not in table files yet; 0 when the database is closed.
    pub(super) fn buffered_bytes(&self) -> u64 {
        let buffered = self.read(|database| {
            let stats = BATCH_COLUMNS.map(|column| database.column_stats(column));
            stats.into_iter().map(|stats| Ok(stats?.memtable_bytes)).sum()
        });
        buffered.unwrap_or(0)
    }

    /// Whether there is room for `bytes` more; tried out by writing as much and removing it.
    pub(super) fn probe_space(&self, bytes: u64) -> Result<(), LogError> {
        const CHUNK: usize = 1 << 20;
        let path = self.dir.join("space.probe");
        let tried = File::create(&path).and_then(|mut file| {
            let chunk = vec![0; CHUNK];
            (0..bytes.div_ceil(CHUNK as u64)).try_for_each(|_| file.write_all(&chunk))
        });
        let removed = std::fs::remove_file(&path);
        tried.and(removed).map_err(|error| match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => self.full(),
            _ => self.io(error.to_string()),
        })
    }

    pub(super) fn full(&self) -> LogError {
        LogError::Full { path: self.path() }
    }

    pub(super) fn io(&self, detail: impl Into<String>) -> LogError {
        LogError::Io { path: self.path(), detail: detail.into() }
    }

    fn with<R>(&self, run: impl FnOnce(&Database) -> R) -> Result<R, LogError> {
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        match &*database {
            Some(database) => Ok(run(database)),
            None => Err(self.io("it could not be opened again after a failed write; free some space or restart")),
        }
    }

    fn path(&self) -> String {
        self.dir.display().to_string()
    }

    fn log_error(&self, error: rocks::Error) -> LogError {
        match error {
            rocks::Error::Full { .. } => self.full(),
            rocks::Error::Locked { .. } => LogError::Locked { path: self.path() },
            other => self.io(other.to_string()),
        }
    }
}

/// A failed write.
#[derive(Debug)]
pub(super) struct WriteError {
    pub(super) error: LogError,
    /// Whether it is certain that nothing of it will be there when the database is opened again.
    pub(super) nothing_written: bool,
}

/// A record that the disk had no room for lacks its end in the write-ahead log, and is skipped when that is read again.
/// Only where the sync failed may all of it be there.
fn nothing_written(error: &rocks::Error) -> bool {
    match error {
        rocks::Error::Full { detail, .. } => !detail.contains("sync"),
        rocks::Error::UnknownColumn { .. } => true,
        _ => false,
    }
}
