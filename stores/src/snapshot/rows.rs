//! Rows of a snapshot, wherever they are.

use std::ops::ControlFlow;
use std::sync::RwLockReadGuard;

use super::remote::Remote;
use super::{RowFilter, Snapshot, split};
use crate::Error;
use crate::committed::{Committed, StoreInfo};
use crate::layout::segment_of;
use crate::rocks::{self, ScanRange};
use crate::table::scan_memory;

/// Where the rows are.
pub(super) enum Rows<'a> {
    Here { rocks: Option<rocks::Snapshot<'a>>, memory: Option<RwLockReadGuard<'a, Committed>> },
    Elsewhere(&'a Remote),
}

impl Snapshot<'_> {
    /// Walks table keys. `visit` answers `None` for a row that does not count. `true`: there was more.
    pub(super) fn rows(
        &self,
        store: &str,
        info: &StoreInfo,
        range: &ScanRange,
        limit: usize,
        visit: &mut RowFilter<'_>,
    ) -> Result<bool, Error> {
        let range = self.clamp(store, info, range)?;
        let (layout, first_live) = (info.layout(), self.first_live(store, info)?);
        let (mut left, mut more, mut outcome) = (limit, false, Ok(()));
        self.scan_disk(store, info, &range, |table_key, disk| {
            let key = layout.changelog_key(table_key);
            if layout.split(key).is_none_or(|(_, row)| row.time < first_live) {
                return ControlFlow::Continue(());
            }
            if left == 0 {
                more = true;
                return ControlFlow::Break(());
            }
            match split(store, info, disk) {
                Ok((timestamp, value)) => match visit(key, value, timestamp) {
                    Some(flow) => {
                        left -= 1;
                        flow
                    }
                    None => ControlFlow::Continue(()),
                },
                Err(error) => {
                    outcome = Err(error);
                    ControlFlow::Break(())
                }
            }
        })?;
        outcome.map(|()| more)
    }

    /// Walks table keys until `show` breaks off or fails, or the task is being closed. `None` is a row that does not count.
    pub(super) fn walk(
        &self,
        store: &str,
        info: &StoreInfo,
        range: &ScanRange,
        mut show: impl FnMut(&[u8], &[u8], i64) -> Option<Result<ControlFlow<()>, Error>>,
    ) -> Result<(), Error> {
        let mut outcome = Ok(());
        self.rows(store, info, range, usize::MAX, &mut |key, value, timestamp| {
            let shown = if self.is_closing() { Err(Error::Closed) } else { show(key, value, timestamp)? };
            Some(shown.unwrap_or_else(|error| {
                outcome = Err(error);
                ControlFlow::Break(())
            }))
        })?;
        outcome
    }

    /// Skips segments that expired: their rows may still be on disk.
    fn clamp(&self, store: &str, info: &StoreInfo, range: &ScanRange) -> Result<ScanRange, Error> {
        let mut range = range.clone();
        if let Some(windows) = info.windows {
            let first = segment_of(self.first_live(store, info)?, windows.segment_ms()).to_be_bytes();
            if range.from.as_slice() < first.as_slice() {
                range.from = first.to_vec();
            }
        }
        Ok(range)
    }

    pub(super) fn get_disk(&self, store: &str, info: &StoreInfo, table_key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        let (rocks, memory) = match &self.rows {
            Rows::Here { rocks, memory } => (rocks, memory),
            Rows::Elsewhere(remote) => return remote.get(store, table_key),
        };
        match (info.memory, memory, rocks) {
            (Some(index), Some(committed), _) => {
                Ok(committed.tables.get(index).and_then(|table| table.get(table_key)).map(|value| value.to_vec()))
            }
            (None, _, Some(rocks)) => Ok(rocks.get(store, table_key, <[u8]>::to_vec)?),
            _ => Err(Error::Closed),
        }
    }

    pub(super) fn scan_disk(
        &self,
        store: &str,
        info: &StoreInfo,
        range: &ScanRange,
        visit: impl FnMut(&[u8], &[u8]) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let (rocks, memory) = match &self.rows {
            Rows::Here { rocks, memory } => (rocks, memory),
            Rows::Elsewhere(remote) => return remote.scan(store, range, visit),
        };
        match (info.memory, memory, rocks) {
            (Some(index), Some(committed), _) => {
                if let Some(table) = committed.tables.get(index) {
                    scan_memory(table, range, visit);
                }
                Ok(())
            }
            (None, _, Some(rocks)) => Ok(rocks.scan(store, range, visit)?),
            _ => Err(Error::Closed),
        }
    }
}
