//! Committed state as tasks and queries share it.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::meta::Meta;
use crate::rocks::Database;
use crate::{Error, Format, StoreKind, WindowOptions};

/// A table in memory: rows by table key.
pub(crate) type MemoryTable = BTreeMap<Box<[u8]>, Box<[u8]>>;

/// Where a store's committed rows are and how to read them.
#[derive(Clone, Debug)]
pub(crate) struct StoreInfo {
    pub(crate) kind: StoreKind,
    pub(crate) format: Format,
    pub(crate) logging: bool,
    /// Place among the memory tables; `None`: a column of the database.
    pub(crate) memory: Option<usize>,
    pub(crate) windows: Option<WindowOptions>,
}

#[derive(Debug, Default)]
pub(crate) struct Committed {
    pub(crate) tables: Vec<MemoryTable>,
    pub(crate) meta: Arc<Meta>,
}

/// Shared by a task and the readers of its state.
///
/// A lock of the standard library: it is taken once a commit for writing and once a query for reading, and never held
/// across a border of the crate except while a query reads tables in memory.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) stores: BTreeMap<String, StoreInfo>,
    committed: RwLock<Committed>,
    /// Gone once the task is closed. Queries hold it while they run, so that closing waits for them.
    database: RwLock<Option<Arc<Database>>>,
    /// Somebody waits to close it: long walks should end.
    closing: std::sync::atomic::AtomicBool,
    closed: std::sync::atomic::AtomicBool,
}

impl Shared {
    pub(crate) fn new(stores: BTreeMap<String, StoreInfo>, meta: Meta, database: Option<Arc<Database>>) -> Self {
        let tables = stores.values().filter(|store| store.memory.is_some()).map(|_| MemoryTable::new()).collect();
        Self {
            stores,
            committed: RwLock::new(Committed { tables, meta: Arc::new(meta) }),
            database: RwLock::new(database),
            closing: std::sync::atomic::AtomicBool::new(false),
            closed: std::sync::atomic::AtomicBool::new(false),
        }
    }

    // A poisoned lock is taken all the same: what is done under it are insertions that cannot fail half way, and the
    // panic that poisoned it belongs to a reader.
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Committed> {
        self.committed.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, Committed> {
        self.committed.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the state open while the guard lives.
    pub(crate) fn hold(&self) -> Result<RwLockReadGuard<'_, Option<Arc<Database>>>, Error> {
        let guard = self.database.read().unwrap_or_else(PoisonError::into_inner);
        if self.closed.load(std::sync::atomic::Ordering::Acquire) {
            return Err(Error::Closed);
        }
        Ok(guard)
    }

    /// Whether somebody waits for running queries to end.
    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// Waits for running queries and refuses later ones.
    pub(crate) fn close(&self) {
        self.closing.store(true, std::sync::atomic::Ordering::Relaxed);
        let mut database = self.database.write().unwrap_or_else(PoisonError::into_inner);
        self.closed.store(true, std::sync::atomic::Ordering::Release);
        *database = None;
    }
}
