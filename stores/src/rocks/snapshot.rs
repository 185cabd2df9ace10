//! A view of a database that later writes do not change.

use std::fmt;
use std::ops::ControlFlow;

use rocksdb::SnapshotWithThreadMode;

use super::{Database, Db, Error, ScanRange, scan};

/// The content of a database at one moment, over all its columns.
pub struct Snapshot<'a> {
    pub(super) database: &'a Database,
    pub(super) view: SnapshotWithThreadMode<'a, Db>,
}

impl Snapshot<'_> {
    /// Reads the value of `key` in place; `None` if there is none.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn get<R>(&self, column: &str, key: &[u8], read: impl FnOnce(&[u8]) -> R) -> Result<Option<R>, Error> {
        let family = self.database.family(column)?;
        let value = self.view.get_pinned_cf(family, key).map_err(|error| self.database.error(error))?;
        Ok(value.map(|value| read(&value)))
    }

    /// Visits the entries of `range` in its order until `visit` breaks off.
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
        let family = self.database.family(column)?;
        let iterator = self.view.raw_iterator_cf_opt(family, range.read_options());
        scan::walk(iterator, range.reverse, visit).map_err(|error| self.database.error(error))
    }
}

impl fmt::Debug for Snapshot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot").field("database", &self.database).finish_non_exhaustive()
    }
}
