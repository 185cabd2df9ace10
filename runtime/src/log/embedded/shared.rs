//! What all readers and writers of one log share.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use tillstream_stores::rocks::Resources;
use tillstream_topology::TopicPartition;

use super::batch::Producer;
use super::catalog::{Catalog, Topics};
use super::commit::Ticket;
use super::directory_lock::DirectoryLock;
use super::maintenance::Maintenance;
use super::partition::{Partition, Topic};
use super::recent::RecentBatches;
use super::store::{Store, WriteError};
use super::{EmbeddedOptions, lock};
use crate::log::LogError;
use crate::log::signal::Signal;

/// The inside of an embedded log.
///
/// Locks, in the order in which more than one may be held: maintenance, ledger, then any of the others alone.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) options: EmbeddedOptions,
    pub(super) store: Store,
    topics: RwLock<Topics>,
    pub(super) recent: Mutex<RecentBatches>,
    pub(super) signal: Signal,
    /// Transactions that wait for whoever holds the ledger to take them along.
    pub(super) waiting: Mutex<VecDeque<Arc<Ticket>>>,
    ledger: Mutex<Ledger>,
    pub(super) maintenance: Mutex<Maintenance>,
    /// Last, so that the directory is given free after the database is closed.
    _lock: DirectoryLock,
}

/// The right to write. Offsets are given out, and partition states changed, by its holder alone.
#[derive(Debug)]
pub(super) struct Ledger {
    /// The newest writer of each transactional id.
    pub(super) writers: BTreeMap<Arc<str>, Producer>,
    broken: Option<Broken>,
}

/// A write failed: the database takes no further one until it is opened again.
#[derive(Clone, Copy, Debug)]
struct Broken {
    /// Bytes that write needed.
    bytes: u64,
    /// Whether it may yet turn out to have been written.
    in_doubt: bool,
}

impl Shared {
    pub(super) fn open(dir: &Path, options: EmbeddedOptions, resources: Resources) -> Result<Self, LogError> {
        let directory_lock = DirectoryLock::take(dir)?;
        let store = Store::open(dir, resources)?;
        let catalog = Catalog::load(&store)?;
        Ok(Self {
            options,
            store,
            topics: RwLock::new(catalog.topics),
            recent: Mutex::new(RecentBatches::new(options.recent_bytes)),
            signal: Signal::default(),
            waiting: Mutex::default(),
            ledger: Mutex::new(Ledger { writers: catalog.writers, broken: None }),
            maintenance: Mutex::default(),
            _lock: directory_lock,
        })
    }

    pub(super) fn topics(&self) -> RwLockReadGuard<'_, Topics> {
        self.topics.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add_topics(&self, added: impl IntoIterator<Item = Arc<Topic>>) {
        let mut topics = self.topics.write().unwrap_or_else(PoisonError::into_inner);
        topics.extend(added.into_iter().map(|topic| (Arc::clone(&topic.info.name), topic)));
    }

    pub(super) fn topic(&self, name: &str) -> Option<Arc<Topic>> {
        self.topics().get(name).cloned()
    }

    pub(super) fn partition(&self, wanted: &TopicPartition) -> Result<Arc<Partition>, LogError> {
        let topics = self.topics();
        let topic = topics.get(&wanted.topic);
        let partition = topic.and_then(|topic| topic.partitions.get(wanted.partition as usize));
        partition.cloned().ok_or_else(|| LogError::UnknownTopic(wanted.clone()))
    }

    /// The right to write, as it is: the database may be refusing writes.
    pub(super) fn raw_ledger(&self) -> MutexGuard<'_, Ledger> {
        lock(&self.ledger)
    }

    /// The right to write, with a database that takes writes.
    pub(super) fn ledger(&self) -> Result<MutexGuard<'_, Ledger>, LogError> {
        let mut ledger = self.raw_ledger();
        self.repair(&mut ledger)?;
        Ok(ledger)
    }

    /// Returns once it is known what became of a commit that was in doubt.
    pub(super) fn settle(&self) -> Result<(), LogError> {
        let mut ledger = self.raw_ledger();
        match ledger.broken {
            Some(Broken { in_doubt: true, .. }) => self.repair(&mut ledger),
            _ => Ok(()),
        }
    }

    /// Notes that a write of `bytes` failed.
    pub(super) fn note_failure(&self, ledger: &mut Ledger, failed: &WriteError, bytes: usize) {
        let in_doubt = !failed.nothing_written || ledger.broken.is_some_and(|broken| broken.in_doubt);
        ledger.broken = Some(Broken { bytes: bytes as u64, in_doubt });
    }

    /// Passes on what became of a small write, and notes a failure.
    pub(super) fn noting(&self, ledger: &mut Ledger, written: Result<(), WriteError>) -> Result<(), LogError> {
        written.map_err(|failed| {
            self.note_failure(ledger, &failed, 0);
            failed.error
        })
    }

    /// Carries what was written to the disk. Commits go on meanwhile.
    pub(super) fn sync(&self) -> Result<(), LogError> {
        self.store.read(|database| database.sync()).map_err(|error| {
            // What a failed sync has left on the disk is not known: the database is read again before the next write.
            let failed = WriteError { error, nothing_written: false };
            self.note_failure(&mut self.raw_ledger(), &failed, 0);
            failed.error
        })
    }

    /// Opens the database again after a failed write, and takes over what it then holds.
    pub(super) fn repair(&self, ledger: &mut Ledger) -> Result<(), LogError> {
        const MARGIN: u64 = 8 << 20;
        let Some(broken) = ledger.broken else {
            return Ok(());
        };
        // Opening writes what is only in the write-ahead log yet to table files. Without room for that it would fail,
        // and leave nothing to read from.
        self.store.probe_space(broken.bytes + self.store.buffered_bytes() + MARGIN)?;
        self.store.reopen()?;
        let catalog = Catalog::load(&self.store)?;
        self.take_over(ledger, catalog);
        Ok(())
    }

    fn take_over(&self, ledger: &mut Ledger, catalog: Catalog) {
        let mut created = Vec::new();
        for topic in catalog.topics.into_values() {
            match self.topic(&topic.info.name) {
                Some(known) => {
                    for (known, found) in known.partitions.iter().zip(&topic.partitions) {
                        known.publish(found.state());
                    }
                }
                None => created.push(topic),
            }
        }
        self.add_topics(created);
        ledger.writers = catalog.writers;
        ledger.broken = None;
        // What was in doubt is on disk but not here: without the newest batches there is no hole between them.
        lock(&self.recent).clear();
        self.signal.raise();
    }
}
