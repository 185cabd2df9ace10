//! A database with a fixed set of columns.

use std::fmt;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rocksdb::{ColumnFamily, WriteOptions, properties};

use super::opening::{database_options, descriptors, refuse_headless};
use super::{Batch, Column, ColumnKind, Db, Error, Resources, ScanRange, Snapshot, scan};

/// Longest wait of a write for memory: a soft bound, so that a slow disk slows writers down and does not stop them.
const FLUSH_PATIENCE: Duration = Duration::from_millis(500);
/// How often it looks.
const FLUSH_POLL: Duration = Duration::from_millis(1);

/// How far a write is carried before it is reported as done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// In the write-ahead log in the page cache: survives a killed process, not a power cut.
    NoSync,
    /// Written through to the disk: survives a power cut.
    Sync,
}

/// Sizes of one column, for gauges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ColumnStats {
    /// Bytes in live table files.
    pub table_bytes: u64,
    /// Bytes in memtables.
    pub memtable_bytes: u64,
    /// Estimated number of keys.
    pub keys: u64,
    /// Estimated bytes that compaction still has to rewrite.
    pub pending_compaction_bytes: u64,
}

/// An open RocksDB database. Shared between threads; the directory's lock is held until the last one drops it.
pub struct Database {
    db: Arc<Db>,
    path: PathBuf,
    columns: Vec<Column>,
    resources: Resources,
    no_sync: WriteOptions,
    sync: WriteOptions,
    /// Set by whoever meets damage first, on whatever thread.
    damaged: AtomicBool,
}

impl Database {
    /// Opens the database in the directory `path`, which is made if need be. Columns that do not exist are created;
    /// ones that exist and are not named are kept.
    ///
    /// # Errors
    /// [`Error::Locked`] when someone else has it open, [`Error::Corrupt`] when a file is missing or damaged,
    /// [`Error::Full`], [`Error::Io`].
    pub fn open(path: &Path, columns: &[Column], resources: &Resources) -> Result<Arc<Self>, Error> {
        refuse_headless(path)?;
        let options = database_options(columns, resources);
        let descriptors = descriptors(path, columns, resources)?;
        let db = Db::open_cf_descriptors(&options, path, descriptors).map_err(|error| Error::opening(path, error))?;
        let mut sync = WriteOptions::default();
        sync.set_sync(true);
        Ok(Arc::new(Self {
            db: Arc::new(db),
            path: path.to_path_buf(),
            columns: columns.to_vec(),
            resources: resources.clone(),
            no_sync: WriteOptions::default(),
            sync,
            damaged: AtomicBool::new(false),
        }))
    }

    /// The directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the value of `key` in place; `None` if there is none.
    ///
    /// # Errors
    /// See [`Error`]; a damaged block is [`Error::Corrupt`], never a wrong value.
    pub fn get<R>(&self, column: &str, key: &[u8], read: impl FnOnce(&[u8]) -> R) -> Result<Option<R>, Error> {
        let family = self.family(column)?;
        let value = self.db.get_pinned_cf(family, key).map_err(|error| self.error(error))?;
        Ok(value.map(|value| read(&value)))
    }

    /// Visits the entries of `range` in its order until `visit` breaks off. Writes made meanwhile are not seen.
    ///
    /// # Errors
    /// See [`Error`]. What was visited before the error is good.
    pub fn scan(
        &self,
        column: &str,
        range: &ScanRange,
        visit: impl FnMut(&[u8], &[u8]) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        if range.is_empty() {
            return Ok(());
        }
        let mut options = range.read_options();
        // Records of a log are read in passing, by restores and by compaction: they must not push state out of the cache.
        options.fill_cache(self.kind(column) != Some(ColumnKind::Log));
        let iterator = self.db.raw_iterator_cf_opt(self.family(column)?, options);
        scan::walk(iterator, range.reverse, visit).map_err(|error| self.error(error))
    }

    /// An empty batch for this database.
    #[must_use]
    pub fn batch(&self) -> Batch {
        Batch::new(Arc::clone(&self.db))
    }

    /// Applies `batch` as a whole.
    ///
    /// # Errors
    /// See [`Error`]; then nothing of it is visible.
    pub fn write(&self, batch: Batch, durability: Durability) -> Result<(), Error> {
        if let Some(column) = batch.unknown_column {
            return Err(self.unknown_column(&column));
        }
        let options = match durability {
            Durability::NoSync => &self.no_sync,
            Durability::Sync => &self.sync,
        };
        self.db.write_opt(batch.writes, options).map_err(|error| self.error(error))
    }

    /// While the memtables of the process hold more than their share, waits for those of this database that are being written to
    /// files, half a second at most. Only for its own: those are under way, so the wait ends, whatever other databases do. Hold no
    /// lock meanwhile that others wait for.
    pub fn await_memory(&self) {
        let deadline = Instant::now() + FLUSH_PATIENCE;
        while self.resources.is_short_of_memory() && self.is_flushing() && Instant::now() < deadline {
            std::thread::park_timeout(FLUSH_POLL);
        }
    }

    fn is_flushing(&self) -> bool {
        let full = |family: &ColumnFamily| self.db.property_int_value_cf(family, properties::NUM_IMMUTABLE_MEM_TABLE);
        self.families().into_iter().any(|family| full(family).ok().flatten().is_some_and(|full| full > 0))
    }

    /// Syncs the write-ahead log: what was written with [`Durability::NoSync`] before now survives a power cut.
    ///
    /// # Errors
    /// See [`Error`]. After a failed sync the content is suspect.
    pub fn sync(&self) -> Result<(), Error> {
        self.db.flush_wal(true).map_err(|error| self.error(error))
    }

    /// Runs `read` on the content as it is now, whatever is written meanwhile.
    pub fn with_snapshot<R>(&self, read: impl FnOnce(&Snapshot<'_>) -> R) -> R {
        read(&self.snapshot())
    }

    /// The content as it is now. It holds back the cleaning up of old versions: keep it briefly.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot<'_> {
        Snapshot { database: self, view: self.db.snapshot() }
    }

    /// Writes the memtables of the columns it was opened with to table files. Blocking.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn flush(&self) -> Result<(), Error> {
        self.db.flush_cfs_opt(&self.families(), &rocksdb::FlushOptions::default()).map_err(|error| self.error(error))
    }

    /// Rewrites the keys of `range` in `column` without deleted and overwritten ones. Blocking and costly.
    ///
    /// # Errors
    /// [`Error::UnknownColumn`].
    pub fn compact_range(&self, column: &str, range: &ScanRange) -> Result<(), Error> {
        let from = (!range.from.is_empty()).then_some(range.from.as_slice());
        self.db.compact_range_cf(self.family(column)?, from, range.to.as_deref());
        Ok(())
    }

    /// Sizes of `column`.
    ///
    /// # Errors
    /// [`Error::UnknownColumn`].
    pub fn column_stats(&self, column: &str) -> Result<ColumnStats, Error> {
        let family = self.family(column)?;
        let number = |property: &properties::PropName| {
            self.db.property_int_value_cf(family, property).ok().flatten().unwrap_or(0)
        };
        Ok(ColumnStats {
            table_bytes: number(properties::LIVE_SST_FILES_SIZE),
            memtable_bytes: number(properties::CUR_SIZE_ALL_MEM_TABLES),
            keys: number(properties::ESTIMATE_NUM_KEYS),
            pending_compaction_bytes: number(properties::ESTIMATE_PENDING_COMPACTION_BYTES),
        })
    }

    /// Errors of background work (flush, compaction) since the database was opened; more than 0 wants an alarm.
    #[must_use]
    pub fn background_errors(&self) -> u64 {
        self.db.property_int_value(properties::BACKGROUND_ERRORS).ok().flatten().unwrap_or(0)
    }

    pub(super) fn db(&self) -> &Db {
        &self.db
    }

    /// The budget it draws on.
    #[must_use]
    pub fn resources(&self) -> &Resources {
        &self.resources
    }

    pub(super) fn family(&self, column: &str) -> Result<&ColumnFamily, Error> {
        self.db.cf_handle(column).ok_or_else(|| self.unknown_column(column))
    }

    pub(super) fn error(&self, error: rocksdb::Error) -> Error {
        let error = Error::of(&self.path, error);
        if error.is_corrupt() {
            self.damaged.store(true, Ordering::Relaxed);
        }
        error
    }

    /// Whether anyone has met damaged data since the database was opened: it must be rebuilt.
    #[must_use]
    pub fn is_damaged(&self) -> bool {
        self.damaged.load(Ordering::Relaxed)
    }

    /// `None` for a column it was not opened with.
    pub(super) fn kind(&self, column: &str) -> Option<ColumnKind> {
        self.columns.iter().find(|known| known.name == column).map(|known| known.kind)
    }

    fn unknown_column(&self, column: &str) -> Error {
        Error::UnknownColumn { path: self.path.clone(), column: column.to_owned() }
    }

    fn families(&self) -> Vec<&ColumnFamily> {
        self.columns.iter().filter_map(|column| self.db.cf_handle(&column.name)).collect()
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("path", &self.path).finish_non_exhaustive()
    }
}
