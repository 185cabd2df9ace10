//! Committed state for queries from other threads.

mod key_value_view;
mod remote;
mod session_view;
mod window_view;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::ControlFlow;
use std::sync::{Arc, RwLockReadGuard};

pub use key_value_view::KeyValueView;
use remote::{PageWriter, Remote};
pub use remote::{Question, RemoteState};
pub use session_view::SessionView;
pub use window_view::WindowView;

use crate::committed::{Committed, Shared, StoreInfo};
use crate::layout::{Layout, segment_of};
use crate::meta::Meta;
use crate::rocks::{self, ScanRange};
use crate::table::scan_memory;
use crate::task_state::describe;
use crate::window::WindowTimes;
use crate::{Error, Position, StoreBuilder, StoreKind};

/// The committed state of a task, for any thread. It stays valid when the task is closed; then every call answers
/// [`Error::Closed`]. Calls block on the disk, or on the process that owns the task: keep them off asynchronous threads.
#[derive(Clone, Debug)]
pub struct TaskReader(Source);

#[derive(Clone, Debug)]
enum Source {
    Here(Arc<Shared>),
    Elsewhere(Arc<Remote>),
}

impl TaskReader {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self(Source::Here(shared))
    }

    /// The state of a task with the stores of `builders` in another process.
    pub fn remote(builders: &[Arc<dyn StoreBuilder>], state: Arc<dyn RemoteState>) -> Self {
        Self(Source::Elsewhere(Arc::new(Remote { stores: describe(true, builders), state })))
    }

    /// Runs `read` on the state as of one commit, over all stores of the task. Of a task elsewhere each look-up, and each
    /// page of a longer walk, is as of one commit.
    ///
    /// Keep `read` short where stores are in memory: the task's commits wait for it. Take no second snapshot of the same
    /// task inside.
    ///
    /// # Errors
    /// [`Error::Closed`]; [`Error::Remote`].
    pub fn snapshot<R>(&self, read: impl FnOnce(&Snapshot<'_>) -> R) -> Result<R, Error> {
        let shared = match &self.0 {
            Source::Here(shared) => shared,
            Source::Elsewhere(remote) => {
                let meta = Arc::new(remote.meta()?);
                return Ok(read(&Snapshot {
                    stores: &remote.stores,
                    meta,
                    rows: Rows::Elsewhere(remote),
                    shared: None,
                }));
            }
        };
        let database = shared.hold()?;
        let committed = shared.read();
        let meta = Arc::clone(&committed.meta);
        let rocks = database.as_ref().map(|database| database.snapshot());
        // A snapshot of the database stands by itself; tables in memory stand still only while the lock is held.
        let memory = (!committed.tables.is_empty()).then_some(committed);
        Ok(read(&Snapshot { stores: &shared.stores, meta, rows: Rows::Here { rocks, memory }, shared: Some(shared) }))
    }

    /// Whether the task is being closed and waits for the snapshots that are still open.
    #[must_use]
    pub fn is_closing(&self) -> bool {
        match &self.0 {
            Source::Here(shared) => shared.is_closing(),
            Source::Elsewhere(_) => false,
        }
    }

    /// Answers what a [`RemoteState`] in another process asks of this one.
    ///
    /// # Errors
    /// [`Error::UnknownStore`], [`Error::Storage`], [`Error::Closed`].
    pub fn answer(&self, question: &Question) -> Result<Vec<u8>, Error> {
        self.snapshot(|snapshot| match question {
            Question::Meta => Ok(serde_json::to_vec(&*snapshot.meta).unwrap_or_default()),
            Question::Get { store, key } => {
                let found = snapshot.get_disk(store, snapshot.info(store)?, key)?;
                Ok(found.map_or_else(Vec::new, |value| [&[1], value.as_slice()].concat()))
            }
            Question::Scan { store, from, to, reverse } => {
                let range = ScanRange { from: from.clone(), to: to.clone(), reverse: *reverse };
                let mut page = PageWriter::new();
                snapshot.scan_disk(store, snapshot.info(store)?, &range, |key, value| page.add(key, value))?;
                Ok(page.into_bytes())
            }
        })?
    }

    /// Names and kinds of the stores.
    pub fn stores(&self) -> impl Iterator<Item = (&str, StoreKind)> {
        let stores = match &self.0 {
            Source::Here(shared) => &shared.stores,
            Source::Elsewhere(remote) => &remote.stores,
        };
        stores.iter().map(|(name, store)| (name.as_str(), store.kind))
    }
}

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

/// Where the rows are.
enum Rows<'a> {
    Here { rocks: Option<rocks::Snapshot<'a>>, memory: Option<RwLockReadGuard<'a, Committed>> },
    Elsewhere(&'a Remote),
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

    /// Walks table keys. `visit` answers `None` for a row that does not count. `true`: there was more.
    fn rows(
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
    fn walk(
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

    fn info(&self, store: &str) -> Result<&StoreInfo, Error> {
        self.stores.get(store).ok_or_else(|| Error::UnknownStore { store: store.to_owned(), kind: "readable" })
    }

    fn info_of(&self, store: &str, kind: StoreKind, word: &'static str) -> Result<&StoreInfo, Error> {
        let info = self.info(store)?;
        if info.kind == kind { Ok(info) } else { Err(Error::UnknownStore { store: store.to_owned(), kind: word }) }
    }

    fn first_live(&self, store: &str, info: &StoreInfo) -> Result<i64, Error> {
        Ok(match info.windows {
            Some(windows) => self.window_times(store)?.first_live(&windows),
            None => 0,
        })
    }

    fn newest_start(&self, store: &str) -> Result<i64, Error> {
        Ok(self.window_times(store)?.newest)
    }

    fn window_times(&self, store: &str) -> Result<WindowTimes, Error> {
        let Some(bytes) = self.meta.stores.get(store) else { return Ok(WindowTimes::START) };
        WindowTimes::decode(bytes).ok_or_else(|| Error::layout(store, "its saved times are unreadable"))
    }

    fn get_disk(&self, store: &str, info: &StoreInfo, table_key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
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

    fn scan_disk(
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
