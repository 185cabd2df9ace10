//! The committed state of one task: all its stores, and how far its inputs and changelogs were read.

mod directory;
mod restore;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub use directory::quarantine;

use self::restore::Collected;

use crate::committed::{Committed, Shared, StoreInfo};
use crate::meta::{self, META_COLUMN, Meta};
use crate::rocks::{Column, ColumnKind, Database, Durability, Resources, ScanRange};
use crate::staged::MemoryWrite;
use crate::table::{Table, remove_range};
use crate::window::Saved;
use crate::{
    Backend, Error, Position, RestoreBatch, Staged, StateStore, StoreBuilder, StoreKind, TaskReader, WindowOptions,
};

/// What a commit of the log has settled, saved with the rows it belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommitMeta {
    /// Store and next offset of its changelog. Stores that are not named keep theirs.
    pub changelog_offsets: Vec<(String, i64)>,
    /// Next offsets of the inputs. Partitions that are not named keep theirs.
    pub position: Position,
    /// Event times to keep, by name. Ones that are not named are kept.
    pub times: BTreeMap<String, i64>,
}

/// The committed state of one task: one RocksDB for its stores on disk, tables in memory for the others.
///
/// It is never ahead of the log: [`TaskState::apply`] is called only when the log's transaction is known to be committed.
#[derive(Debug)]
pub struct TaskState {
    shared: Arc<Shared>,
    database: Option<Arc<Database>>,
    path: Option<PathBuf>,
    /// Rows that its window stores refused.
    expired: Arc<AtomicU64>,
    /// By store, what is being restored and not in the tables yet.
    collected: BTreeMap<String, Collected>,
}

impl TaskState {
    /// Opens the state in the directory `dir`, which is made if need be; `None`: all stores are in memory.
    ///
    /// # Errors
    /// [`Error::Format`] for a directory of another version. Where [`Error::is_damaged`] holds, move the directory away
    /// with [`quarantine`] and restore; where [`Error::is_locked`] holds, somebody else has it open.
    pub fn open(dir: Option<&Path>, builders: &[Arc<dyn StoreBuilder>], resources: &Resources) -> Result<Self, Error> {
        let stores = describe(dir.is_some(), builders);
        let database = match dir {
            Some(dir) if stores.values().any(|store| store.memory.is_none()) => {
                Some(open_database(dir, &stores, resources)?)
            }
            _ => None,
        };
        let meta = match &database {
            Some(database) => read_meta(database, &stores)?,
            None => Meta::default(),
        };
        let shared = Arc::new(Shared::new(stores, meta, database.clone()));
        let path = database.as_ref().and(dir).map(Path::to_path_buf);
        Ok(Self { shared, path, database, expired: Arc::default(), collected: BTreeMap::new() })
    }

    /// The next changelog offset of `store`; `None`: it must be restored from the beginning.
    #[must_use]
    pub fn changelog_offset(&self, store: &str) -> Option<i64> {
        self.shared.read().meta.offsets.get(store).copied()
    }

    /// Next offsets of the inputs, as of the last commit.
    #[must_use]
    pub fn position(&self) -> Position {
        self.shared.read().meta.position.clone()
    }

    /// Event times as of the last commit, by name.
    #[must_use]
    pub fn times(&self) -> BTreeMap<String, i64> {
        self.shared.read().meta.times.clone()
    }

    /// The database, for gauges; `None` when every store is in memory.
    #[must_use]
    pub fn database(&self) -> Option<&Arc<Database>> {
        self.database.as_ref()
    }

    /// Whether anyone, a query on another thread too, has met damaged data since the state was opened: set the directory
    /// aside ([`quarantine`]) and restore.
    #[must_use]
    pub fn is_damaged(&self) -> bool {
        self.database.as_ref().is_some_and(|database| database.is_damaged())
    }

    /// Rows that window stores of this state have refused since it was opened, because their window had expired; whoever put
    /// them.
    #[must_use]
    pub fn expired_rows(&self) -> u64 {
        self.expired.load(Ordering::Relaxed)
    }

    pub(crate) fn expired_counter(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.expired)
    }

    /// Encodes everything `stores` wrote since the last commit.
    ///
    /// # Errors
    /// A store's error; then discard the stores and process again.
    pub fn stage(&mut self, stores: &[Rc<RefCell<dyn StateStore>>]) -> Result<Staged, Error> {
        let mut staged = Staged { changelog: Vec::new(), writes: RestoreBatch::new(self.database.as_ref()) };
        stores.iter().try_for_each(|store| store.borrow_mut().stage(&mut staged))?;
        Ok(staged)
    }

    /// Makes what was staged, and what the log's commit settled, the committed state: all of it or nothing.
    ///
    /// # Errors
    /// [`Error::Storage`]. The state is now one commit behind the log: drop the stores, open the state again and restore
    /// the tail of the changelogs.
    pub fn apply(
        &mut self,
        staged: Staged,
        commit: CommitMeta,
        stores: &[Rc<RefCell<dyn StateStore>>],
    ) -> Result<(), Error> {
        self.settle()?;
        let mut meta = Meta::clone(&self.shared.read().meta);
        commit.position.iter().for_each(|(topic, partition, offset)| meta.position.set(topic, partition, offset));
        meta.times.extend(commit.times);
        for store in stores {
            let mut store = store.borrow_mut();
            let from = meta.offsets.get(store.name()).copied().unwrap_or(0);
            store.logged(from);
            meta.stores.extend(store.metadata().map(|metadata| (store.name().to_owned(), metadata)));
        }
        meta.offsets.extend(commit.changelog_offsets);
        self.commit(staged.writes, meta)?;
        stores.iter().for_each(|store| store.borrow_mut().applied());
        Ok(())
    }

    fn commit(&mut self, writes: RestoreBatch, meta: Meta) -> Result<(), Error> {
        let shared = &self.shared;
        let mut batch = writes.batch;
        if let Some(batch) = &mut batch {
            // An offset may also belong to something that is no store: a progress topic of the owner.
            let volatile = |name: &str| shared.stores.get(name).is_some_and(|store| store.memory.is_some());
            meta.write_changes(&shared.read().meta, volatile, batch);
        }
        // Rows may come faster than memtables become files: without a pause they would take any amount of memory.
        if let Some(database) = &self.database {
            database.await_memory();
        }
        // Both kinds of tables change under the lock that queries take a snapshot under.
        let mut committed = shared.write();
        if let (Some(database), Some(batch)) = (&self.database, batch) {
            database.write(batch, Durability::NoSync)?;
        }
        write_memory(&mut committed, writes.memory);
        committed.meta = Arc::new(meta);
        Ok(())
    }

    /// A view of the committed state for other threads.
    #[must_use]
    pub fn reader(&self) -> TaskReader {
        TaskReader::new(Arc::clone(&self.shared))
    }

    /// Closes the state: running queries are waited for, later ones refused. Drop the stores first, so that the directory's
    /// lock is free when this returns.
    pub fn close(self) {
        drop(self);
    }

    /// Closes the state and removes its directory. Drop the stores first.
    ///
    /// # Errors
    /// [`Error::Directory`].
    pub fn wipe(mut self) -> Result<(), Error> {
        self.collected.clear();
        let path = self.path.clone();
        self.close();
        path.map_or(Ok(()), |path| directory::remove(&path))
    }

    pub(crate) fn table(&self, store: &str) -> Result<Table, Error> {
        let unknown = || Error::UnknownStore { store: store.to_owned(), kind: "open" };
        match (self.shared.stores.get(store).ok_or_else(unknown)?.memory, &self.database) {
            (Some(index), _) => Ok(Table::Memory { shared: Arc::clone(&self.shared), index }),
            (None, Some(database)) => Ok(Table::Rocks { database: Arc::clone(database), column: store.into() }),
            (None, None) => Err(unknown()),
        }
    }

    pub(crate) fn saved_windows(&self, store: &str, windows: &WindowOptions) -> Result<Saved, Error> {
        Saved::of(store, windows, &self.shared.read().meta)
    }
}

impl Drop for TaskState {
    fn drop(&mut self) {
        // What cannot be kept is restored again.
        _ = self.settle();
        self.shared.close();
    }
}

/// What readers must know of the stores that `builders` make.
pub(crate) fn describe(on_disk: bool, builders: &[Arc<dyn StoreBuilder>]) -> BTreeMap<String, StoreInfo> {
    let mut stores = BTreeMap::new();
    let mut tables = 0;
    for builder in builders {
        let options = builder.options();
        let in_memory = !on_disk || options.backend == Backend::Memory;
        let info = StoreInfo {
            kind: builder.kind(),
            format: options.format,
            logging: options.logging,
            memory: in_memory.then_some(tables),
            windows: builder.windows(),
        };
        if stores.insert(options.name.clone(), info).is_none() {
            tables += usize::from(in_memory);
        }
    }
    stores
}

fn open_database(
    dir: &Path,
    stores: &BTreeMap<String, StoreInfo>,
    resources: &Resources,
) -> Result<Arc<Database>, Error> {
    directory::create(dir)?;
    let on_disk = stores.iter().filter(|(_, store)| store.memory.is_none());
    let mut columns: Vec<Column> = on_disk.map(|(name, store)| Column::new(name, column_kind(store.kind))).collect();
    columns.push(Column::new(META_COLUMN, ColumnKind::Meta));
    Ok(Database::open(dir, &columns, resources)?)
}

fn column_kind(kind: StoreKind) -> ColumnKind {
    match kind {
        StoreKind::KeyValue => ColumnKind::PointLookup,
        StoreKind::Window | StoreKind::Session => ColumnKind::Window,
    }
}

/// Rows without metadata, or without the offset up to which they were written, cannot be brought up to date.
fn read_meta(database: &Database, stores: &BTreeMap<String, StoreInfo>) -> Result<Meta, Error> {
    let known = meta::read(database)?;
    for (name, _) in stores.iter().filter(|(_, store)| store.memory.is_none()) {
        let logged = stores.get(name).is_some_and(|store| store.logging);
        let has_offset = known.as_ref().is_some_and(|meta| !logged || meta.offsets.contains_key(name));
        if !has_offset && !is_empty(database, name)? {
            let detail = format!("store {name} has rows but no changelog offset");
            return Err(meta::damaged(database.path(), detail));
        }
    }
    Ok(known.unwrap_or_default())
}

fn is_empty(database: &Database, column: &str) -> Result<bool, Error> {
    let mut empty = true;
    database.scan(column, &ScanRange::all(), |_, _| {
        empty = false;
        std::ops::ControlFlow::Break(())
    })?;
    Ok(empty)
}

fn write_memory(committed: &mut Committed, writes: Vec<MemoryWrite>) {
    for write in writes {
        let index = match &write {
            MemoryWrite::Put(index, ..) | MemoryWrite::Delete(index, _) | MemoryWrite::DeleteRange(index, ..) => *index,
        };
        let Some(table) = committed.tables.get_mut(index) else { continue };
        match write {
            MemoryWrite::Put(_, key, value) => _ = table.insert(key, value),
            MemoryWrite::Delete(_, key) => _ = table.remove(&key),
            MemoryWrite::DeleteRange(_, from, to) => remove_range(table, &from, &to),
        }
    }
}
