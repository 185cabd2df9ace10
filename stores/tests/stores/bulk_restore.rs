//! A state that lacks much is filled by table files, and is the same as one that was filled row by row.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use tillstream_stores::rocks::Resources;
use tillstream_stores::{
    KeyValueBuilder, KeyValueStore, RestoreRecord, StateStore, StoreBuilder, StoreOptions, TaskState, i64_be, utf8,
};

type Store = KeyValueStore<String, i64>;

/// Offsets of the changelog: more than one run is long with the budget below, each key some four times.
const RECORDS: u64 = 100_000;
const AT_ONCE: usize = 1_000;

/// Keys, values and deletions of a changelog.
fn changelog() -> Vec<(String, Option<[u8; 8]>)> {
    let record = |number: u64| {
        let key = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) % (RECORDS / 4);
        (format!("customer {key}"), (!number.is_multiple_of(7)).then(|| number.to_be_bytes()))
    };
    (0..RECORDS).map(record).collect()
}

struct Opened {
    store: Rc<RefCell<dyn StateStore>>,
    typed: Rc<RefCell<Store>>,
    state: TaskState,
}

fn open(path: &Path) -> Opened {
    let builder: Arc<dyn StoreBuilder> = Arc::new(KeyValueBuilder::new(StoreOptions::new("s"), utf8(), i64_be()));
    let state = TaskState::open(Some(path), &[Arc::clone(&builder)], &Resources::new(3 << 20, 50, 64)).unwrap();
    let built = builder.build(&state).unwrap();
    Opened { store: built.store, typed: built.typed.downcast().unwrap(), state }
}

impl Opened {
    /// Restores from its offset up to `until`; `lacking` is told the number of records that are still lacking.
    fn restore(&mut self, changelog: &[(String, Option<[u8; 8]>)], until: usize, lacking: impl Fn(usize) -> u64) {
        let from = usize::try_from(self.state.changelog_offset("s").unwrap_or(0)).unwrap();
        for start in (from..until).step_by(AT_ONCE) {
            let end = (start + AT_ONCE).min(until);
            let records: Vec<RestoreRecord<'_>> = changelog[start..end]
                .iter()
                .map(|(key, value)| RestoreRecord {
                    key: key.as_bytes(),
                    value: value.as_ref().map(<[u8; 8]>::as_slice),
                    timestamp: 1,
                })
                .collect();
            let next = i64::try_from(end).unwrap();
            self.state.restore(&self.store, &records, next, lacking(changelog.len() - end)).unwrap();
        }
    }

    fn rows(&self) -> Vec<(String, i64)> {
        let rows = self.typed.borrow_mut().all().unwrap();
        rows.into_iter().map(|(key, row)| (key, row.value)).collect()
    }
}

#[test]
fn it_is_the_same_however_it_was_filled_and_wherever_that_was_broken_off() {
    let (changelog, directory) = (changelog(), tempfile::tempdir().unwrap());
    let mut row_by_row = open(&directory.path().join("rows"));
    row_by_row.restore(&changelog, changelog.len(), |_| 0);
    let expected = row_by_row.rows();
    assert!(expected.len() > 15_000, "{}", expected.len());

    let path = directory.path().join("files");
    let mut begun = open(&path);
    begun.restore(&changelog, changelog.len() / 2, |lacking| lacking as u64);
    let offset = begun.state.changelog_offset("s").unwrap();
    assert!((1..changelog.len() as i64 / 2).contains(&offset), "one run is in, another begun: {offset}");
    // As a crash does: what was collected is gone.
    std::mem::forget(begun.state);
    drop((begun.store, begun.typed));

    let copy = directory.path().join("copy");
    copy_files(&path, &copy);
    let mut resumed = open(&copy);
    assert_eq!(resumed.state.changelog_offset("s"), Some(offset));
    resumed.restore(&changelog, changelog.len(), |lacking| lacking as u64);
    assert_eq!(resumed.rows(), expected);
    assert_eq!(resumed.state.changelog_offset("s"), Some(changelog.len() as i64));
}

#[test]
fn what_was_collected_is_kept_when_the_state_is_closed() {
    let (changelog, directory) = (changelog(), tempfile::tempdir().unwrap());
    let mut begun = open(directory.path());
    begun.restore(&changelog, AT_ONCE, |lacking| lacking as u64);
    assert_eq!(begun.state.changelog_offset("s"), None, "still collected");
    let Opened { store, typed, state } = begun;
    drop((store, typed));
    state.close();
    assert_eq!(open(directory.path()).state.changelog_offset("s"), Some(AT_ONCE as i64));
}

/// The files of a database that is still open, without its lock.
fn copy_files(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}
