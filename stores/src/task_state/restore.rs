//! Records of changelogs come into the committed state.

use std::cell::RefCell;
use std::rc::Rc;

use super::TaskState;
use crate::meta::Meta;
use crate::rocks::Run;
use crate::{Error, RestoreBatch, RestoreRecord, StateStore};

/// A store that lacks more records than this is filled by whole table files: below it, a few batches are done sooner.
const MANY: u64 = 20_000;

/// Rows of a store on their way into a table file, and what is to be saved with them.
#[derive(Debug)]
pub(super) struct Collected {
    run: Run,
    next_offset: i64,
    metadata: Option<Vec<u8>>,
}

impl TaskState {
    /// Adds records of a store's changelog; `next_offset` is the offset behind the last of them, and `lacking` how many the
    /// store lacks even then. While it lacks many, rows are collected: they are in the committed state once it lacks none, at
    /// the next [`TaskState::apply`], or when the state is closed.
    ///
    /// # Errors
    /// [`Error::Layout`] for a record that is not of this store, [`Error::Storage`].
    pub fn restore(
        &mut self,
        store: &Rc<RefCell<dyn StateStore>>,
        records: &[RestoreRecord<'_>],
        next_offset: i64,
        lacking: u64,
    ) -> Result<(), Error> {
        let mut store = store.borrow_mut();
        let name = store.name().to_owned();
        let restored = self.collected.get(&name).map(|collected| collected.next_offset);
        let from = restored.or_else(|| self.changelog_offset(&name)).unwrap_or(0);
        let Some(run) = self.run(&name, lacking) else {
            let mut batch = RestoreBatch::new(self.database.as_ref());
            for record in RestoreRecord::by_key(records) {
                store.restore(&mut batch, record)?;
            }
            store.logged(from);
            let meta = self.with_restored(&name, next_offset, store.metadata());
            return self.commit(batch, meta);
        };
        let mut batch = RestoreBatch::collecting(run);
        for record in records {
            store.restore(&mut batch, *record)?;
        }
        store.logged(from);
        let Some(run) = batch.run else { return Ok(()) };
        let collected = Collected { run, next_offset, metadata: store.metadata() };
        if lacking > 0 && !collected.run.is_due() {
            self.collected.insert(name, collected);
            return Ok(());
        }
        self.ingest(&name, collected)
    }

    /// The run that rows of the store `name` are collected in; `None`: they are few, or in memory.
    fn run(&mut self, name: &str, lacking: u64) -> Option<Run> {
        if let Some(collected) = self.collected.remove(name) {
            return Some(collected.run);
        }
        let is_on_disk = self.shared.stores.get(name).is_some_and(|store| store.memory.is_none());
        let database = self.database.as_ref().filter(|_| is_on_disk && lacking > MANY)?;
        Some(Run::new(database.resources()))
    }

    /// Brings what was collected so far into the committed state.
    pub(super) fn settle(&mut self) -> Result<(), Error> {
        std::mem::take(&mut self.collected).into_iter().try_for_each(|(name, collected)| self.ingest(&name, collected))
    }

    /// Rows first, offset afterwards: after a crash between the two the same records are restored once more. But rows without
    /// any offset would be taken for damage.
    fn ingest(&mut self, name: &str, collected: Collected) -> Result<(), Error> {
        if self.changelog_offset(name).is_none() {
            self.commit(RestoreBatch::new(self.database.as_ref()), self.with_restored(name, 0, None))?;
        }
        if let Some(database) = &self.database {
            database.ingest(name, &collected.run)?;
        }
        let meta = self.with_restored(name, collected.next_offset, collected.metadata);
        self.commit(RestoreBatch::new(self.database.as_ref()), meta)
    }

    fn with_restored(&self, name: &str, next_offset: i64, metadata: Option<Vec<u8>>) -> Meta {
        let mut meta = Meta::clone(&self.shared.read().meta);
        meta.offsets.insert(name.to_owned(), next_offset);
        meta.stores.extend(metadata.map(|metadata| (name.to_owned(), metadata)));
        meta
    }
}
