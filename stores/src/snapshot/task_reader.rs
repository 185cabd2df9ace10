//! The way to the committed state of a task.

use std::sync::Arc;

use super::remote::{PageWriter, Remote};
use super::rows::Rows;
use super::{Question, RemoteState, Snapshot};
use crate::committed::Shared;
use crate::rocks::ScanRange;
use crate::task_state::describe;
use crate::{Error, StoreBuilder, StoreKind};

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
