//! Committed state for queries from other threads.

mod key_value_view;
mod remote;
mod rows;
mod session_view;
mod task_reader;
mod window_view;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

pub use key_value_view::KeyValueView;
pub use remote::{Question, RemoteState};
pub use session_view::SessionView;
pub use task_reader::TaskReader;
pub use window_view::WindowView;

use self::rows::Rows;
use crate::committed::{Shared, StoreInfo};
use crate::layout::Layout;
use crate::meta::Meta;
use crate::rocks::ScanRange;
use crate::window::Saved;
use crate::{Error, Position, StoreKind};

/// Is shown the key (in the changelog's layout), plain value and timestamp of a row.
pub type RowVisitor<'a> = dyn FnMut(&[u8], &[u8], i64) -> ControlFlow<()> + 'a;

/// As [`RowVisitor`]; `None` for a row that does not count.
type RowFilter<'a> = dyn FnMut(&[u8], &[u8], i64) -> Option<ControlFlow<()>> + 'a;

/// The state of a task as of one commit.
pub struct Snapshot<'a> {
    stores: &'a BTreeMap<String, StoreInfo>,
    meta: Arc<Meta>,
    rows: Rows<'a>,
    /// `None` for a task elsewhere.
    shared: Option<&'a Shared>,
}

impl Snapshot<'_> {
    /// Next offsets of the inputs this state contains.
    #[must_use]
    pub fn position(&self) -> &Position {
        &self.meta.position
    }

    /// Event times saved with this state, by name.
    #[must_use]
    pub fn times(&self) -> &BTreeMap<String, i64> {
        &self.meta.times
    }

    /// Whether the task is being closed and waits for this snapshot: whoever walks many rows should give up now.
    #[must_use]
    pub fn is_closing(&self) -> bool {
        self.shared.is_some_and(Shared::is_closing)
    }

    /// Whether the task's commits wait for this snapshot, because stores are in memory: whoever hands rows on to somebody who
    /// may be slow should collect them first.
    #[must_use]
    pub fn holds_commits(&self) -> bool {
        matches!(&self.rows, Rows::Here { memory: Some(_), .. })
    }

    /// Next changelog offset of `store`.
    #[must_use]
    pub fn changelog_offset(&self, store: &str) -> Option<i64> {
        self.meta.offsets.get(store).copied()
    }

    /// The changelog offset of the window store `store` before which nothing is needed, because all rows expired; `None`: all
    /// of the changelog is needed.
    ///
    /// # Errors
    /// [`Error::UnknownStore`], [`Error::Layout`].
    pub fn changelog_start(&self, store: &str) -> Result<Option<i64>, Error> {
        let info = self.info(store)?;
        let (Some(windows), true, Some(next)) = (info.windows, info.logging, self.changelog_offset(store)) else {
            return Ok(None);
        };
        Ok(Some(Saved::of(store, &windows, &self.meta)?.floors.first().unwrap_or(next)))
    }

    /// Plain value and timestamp of `key`, which is in the changelog's layout.
    ///
    /// # Errors
    /// [`Error::UnknownStore`], [`Error::Storage`], [`Error::Layout`].
    pub fn get(&self, store: &str, key: &[u8]) -> Result<Option<(Vec<u8>, i64)>, Error> {
        let info = self.info(store)?;
        let layout = info.layout();
        let Some((bare, row)) = layout.split(key) else { return Ok(None) };
        if row.time < self.first_live(store, info)? {
            return Ok(None);
        }
        let mut table_key = Vec::with_capacity(key.len() + 8);
        layout.table_key(bare, row, &mut table_key);
        let found = self.get_disk(store, info, &table_key)?;
        found.map(|disk| split(store, info, &disk).map(|(timestamp, value)| (value.to_vec(), timestamp))).transpose()
    }

    /// Visits rows from key `from` to key `to` (exclusive), both optional and in the changelog's layout, as key, plain value
    /// and timestamp: at most `limit`, until `visit` breaks off. Window stores are walked segment by segment. `true`: there
    /// was more.
    ///
    /// # Errors
    /// [`Error::UnknownStore`], [`Error::Storage`], [`Error::Layout`].
    pub fn scan(
        &self,
        store: &str,
        from: Option<&[u8]>,
        to: Option<&[u8]>,
        reverse: bool,
        limit: usize,
        visit: &mut RowVisitor<'_>,
    ) -> Result<bool, Error> {
        let info = self.info(store)?;
        let mut range = ScanRange::all();
        if info.kind == StoreKind::KeyValue {
            range = ScanRange { from: from.unwrap_or_default().to_vec(), to: to.map(<[u8]>::to_vec), reverse };
        }
        range.reverse = reverse;
        let inside = |key: &[u8]| from.is_none_or(|from| from <= key) && to.is_none_or(|to| key < to);
        self.rows(store, info, &range, limit, &mut |key, value, timestamp| {
            if inside(key) { Some(visit(key, value, timestamp)) } else { None }
        })
    }

    fn info(&self, store: &str) -> Result<&StoreInfo, Error> {
        self.stores.get(store).ok_or_else(|| Error::UnknownStore { store: store.to_owned(), kind: "readable" })
    }

    fn info_of(&self, store: &str, kind: StoreKind, word: &'static str) -> Result<&StoreInfo, Error> {
        let info = self.info(store)?;
        if info.kind == kind { Ok(info) } else { Err(Error::UnknownStore { store: store.to_owned(), kind: word }) }
    }

    fn first_live(&self, store: &str, info: &StoreInfo) -> Result<i64, Error> {
        Ok(match info.windows {
            Some(windows) => Saved::of(store, &windows, &self.meta)?.times.first_live(&windows),
            None => 0,
        })
    }

    fn newest_start(&self, store: &str) -> Result<i64, Error> {
        let Some(windows) = self.info(store)?.windows else { return Ok(-1) };
        Ok(Saved::of(store, &windows, &self.meta)?.times.newest)
    }
}

impl StoreInfo {
    fn layout(&self) -> Layout {
        let segment_ms = self.windows.map_or(0, |windows| windows.segment_ms());
        match self.kind {
            StoreKind::KeyValue => Layout::KeyValue,
            StoreKind::Window => Layout::Window { segment_ms },
            StoreKind::Session => Layout::Session { segment_ms },
        }
    }
}

fn split<'a>(store: &str, info: &StoreInfo, disk: &'a [u8]) -> Result<(i64, &'a [u8]), Error> {
    info.format.split(disk).ok_or_else(|| Error::layout(store, format!("{} bytes hold no timestamp", disk.len())))
}

impl fmt::Debug for Snapshot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot").field("position", &self.meta.position).finish_non_exhaustive()
    }
}
