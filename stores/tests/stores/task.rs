//! A task with one store, committed as the runtime does it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use tillstream_stores::rocks::Resources;
use tillstream_stores::{
    ChangelogRecord, CommitMeta, Error, Headers, KeyValueBuilder, KeyValueStore, Position, RestoreRecord, StateStore,
    StoreBuilder, StoreOptions, TaskState, ValueAndTimestamp, WindowBuilder, WindowOptions, WindowStore, i64_be, utf8,
};

pub(crate) type KeyValue = KeyValueStore<String, i64>;
pub(crate) type Windows = WindowStore<String, i64>;

pub(crate) struct Task<S> {
    pub(crate) builder: Arc<dyn StoreBuilder>,
    pub(crate) state: Option<TaskState>,
    pub(crate) store: Option<Rc<RefCell<S>>>,
    pub(crate) stores: Vec<Rc<RefCell<dyn StateStore>>>,
    /// What was committed to the changelog.
    pub(crate) log: Vec<ChangelogRecord>,
    directory: tempfile::TempDir,
}

pub(crate) fn value(value: i64, timestamp: i64) -> Option<ValueAndTimestamp<i64>> {
    Some(ValueAndTimestamp { value, timestamp })
}

pub(crate) fn key_value(options: StoreOptions) -> Task<KeyValue> {
    Task::open(Arc::new(KeyValueBuilder::new(options, utf8(), i64_be())))
}

pub(crate) fn windows(options: StoreOptions, windows: WindowOptions) -> Task<Windows> {
    Task::open(Arc::new(WindowBuilder::new(options, windows, utf8(), i64_be())))
}

impl<S: 'static> Task<S> {
    pub(crate) fn open(builder: Arc<dyn StoreBuilder>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut task = Self { builder, state: None, store: None, stores: Vec::new(), log: Vec::new(), directory };
        task.try_reopen().unwrap();
        task
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join("0_0")
    }

    /// Drops everything without closing it, as a crash does, and opens it again.
    pub(crate) fn try_reopen(&mut self) -> Result<(), Error> {
        self.drop_all();
        let resources = Resources::new(32 << 20, 50, 64);
        let state = TaskState::open(Some(&self.path()), &[Arc::clone(&self.builder)], &resources)?;
        let built = self.builder.build(&state)?;
        self.store = Some(built.typed.downcast().unwrap());
        self.stores = vec![built.store];
        self.state = Some(state);
        Ok(())
    }

    pub(crate) fn drop_all(&mut self) {
        self.store = None;
        self.stores.clear();
        self.state = None;
    }

    /// Opens again after a crash; a store in memory is restored from its changelog.
    pub(crate) fn reopen(&mut self) {
        self.try_reopen().unwrap();
        let from = self.state().changelog_offset("s").unwrap_or(0);
        self.restore_from(usize::try_from(from).unwrap());
    }

    pub(crate) fn restore_from(&mut self, from: usize) {
        let records: Vec<RestoreRecord<'_>> = self.log.iter().skip(from).map(as_restored).collect();
        let end = i64::try_from(self.log.len()).unwrap();
        self.state.as_mut().unwrap().restore(&self.stores[0], &records, end, 0).unwrap();
    }

    /// Does as a standby does that has all of `owner`'s changelog.
    pub(crate) fn catch_up_with(&mut self, owner: &Self) {
        let from = self.log.len();
        self.log.extend_from_slice(&owner.log[from..]);
        self.restore_from(from);
        let time = owner.stores[0].borrow().observed().unwrap();
        self.stores[0].borrow_mut().set_observed(time);
        assert!(self.commit().is_empty());
    }

    /// The offset of the changelog before which nothing is needed.
    pub(crate) fn changelog_start(&self) -> i64 {
        let reader = self.state().reader();
        reader.snapshot(|snapshot| snapshot.changelog_start("s")).unwrap().unwrap().unwrap_or(0)
    }

    pub(crate) fn state(&self) -> &TaskState {
        self.state.as_ref().unwrap()
    }

    pub(crate) fn store(&self) -> std::cell::RefMut<'_, S> {
        self.store.as_ref().unwrap().borrow_mut()
    }

    /// Commits; answers the new changelog records.
    pub(crate) fn commit(&mut self) -> Vec<ChangelogRecord> {
        self.try_commit().unwrap()
    }

    pub(crate) fn try_commit(&mut self) -> Result<Vec<ChangelogRecord>, Error> {
        let state = self.state.as_mut().unwrap();
        let mut staged = state.stage(&self.stores)?;
        let records = std::mem::take(&mut staged.changelog);
        self.log.extend_from_slice(&records);
        let offset = i64::try_from(self.log.len()).unwrap();
        let mut position = Position::new();
        position.set("input", 0, offset);
        let times = BTreeMap::from([("stream".to_owned(), offset)]);
        state.apply(
            staged,
            CommitMeta { changelog_offsets: vec![("s".into(), offset)], position, times },
            &self.stores,
        )?;
        Ok(records)
    }

    /// Stages and appends to the changelog, then crashes before the state is changed.
    pub(crate) fn crash_before_apply(&mut self) {
        let staged = self.state.as_mut().unwrap().stage(&self.stores).unwrap();
        self.log.extend_from_slice(&staged.changelog);
        drop(staged);
        self.reopen();
    }

    pub(crate) fn discard(&mut self) {
        self.stores.iter().for_each(|store| store.borrow_mut().discard());
    }
}

pub(crate) fn as_restored(record: &ChangelogRecord) -> RestoreRecord<'_> {
    RestoreRecord { key: &record.key, value: record.value.as_deref(), timestamp: record.timestamp }
}

impl Task<KeyValue> {
    pub(crate) fn put(&self, key: &str, number: i64, timestamp: i64) {
        self.store().put(&key.to_owned(), value(number, timestamp), &Headers::new()).unwrap();
    }

    pub(crate) fn get(&self, key: &str) -> Option<(i64, i64)> {
        self.store().get(&key.to_owned()).unwrap().map(|row| (row.value, row.timestamp))
    }
}

impl Task<Windows> {
    pub(crate) fn put(&self, key: &str, start: i64, number: i64) -> bool {
        self.store().put(&key.to_owned(), start, value(number, start), &Headers::new()).unwrap()
    }

    pub(crate) fn fetch(&self, key: &str, start: i64) -> Option<i64> {
        self.store().fetch(&key.to_owned(), start).unwrap().map(|row| row.value)
    }

    pub(crate) fn range(&self, key: &str, from: i64, to: i64) -> Vec<(i64, i64)> {
        let rows = self.store().fetch_list(&key.to_owned(), from, to, false).unwrap();
        rows.into_iter().map(|(start, row)| (start, row.value)).collect()
    }

    pub(crate) fn all(&self) -> Vec<(String, i64, i64)> {
        let rows = self.store().all().unwrap();
        rows.into_iter().map(|(key, row)| (key.key, key.window.start, row.value)).collect()
    }
}
