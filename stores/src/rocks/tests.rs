use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use super::{Column, ColumnKind, Database, Durability, Error, Resources, Run, ScanRange};

fn columns() -> Vec<Column> {
    vec![Column::new("state", ColumnKind::PointLookup), Column::new("meta", ColumnKind::Meta)]
}

fn open(path: &Path) -> Result<Arc<Database>, Error> {
    Database::open(path, &columns(), &Resources::new(32 << 20, 50, 64))
}

fn fill(database: &Database, count: u32) {
    let mut batch = database.batch();
    for number in 0..count {
        batch.put("state", &number.to_be_bytes(), format!("value {number}").as_bytes());
    }
    database.write(batch, Durability::NoSync).unwrap();
}

fn keys(database: &Database, range: &ScanRange) -> Vec<u32> {
    let mut keys = Vec::new();
    database
        .scan("state", range, |key, _| {
            keys.push(u32::from_be_bytes(key.try_into().unwrap()));
            ControlFlow::Continue(())
        })
        .unwrap();
    keys
}

#[test]
fn writes_are_read_back_in_order_and_survive_reopening() {
    let directory = tempfile::tempdir().unwrap();
    let database = open(directory.path()).unwrap();
    fill(&database, 100);
    let mut batch = database.batch();
    batch.delete("state", &7_u32.to_be_bytes());
    batch.delete_range("state", &20_u32.to_be_bytes(), &90_u32.to_be_bytes());
    batch.delete_range("state", &5_u32.to_be_bytes(), &5_u32.to_be_bytes());
    database.write(batch, Durability::Sync).unwrap();
    drop(database);

    let database = open(directory.path()).unwrap();
    assert_eq!(database.get("state", &3_u32.to_be_bytes(), <[u8]>::to_vec).unwrap().unwrap(), b"value 3");
    assert_eq!(database.get("state", &7_u32.to_be_bytes(), <[u8]>::to_vec).unwrap(), None);
    let part = ScanRange::new(5_u32.to_be_bytes(), 92_u32.to_be_bytes());
    let expected: Vec<u32> = (5..92).filter(|n| *n != 7 && !(20..90).contains(n)).collect();
    assert_eq!(keys(&database, &part), expected);
    assert_eq!(keys(&database, &part.reversed()), expected.into_iter().rev().collect::<Vec<_>>());
    assert_eq!(keys(&database, &ScanRange::all()).len(), 29);
    assert_eq!(keys(&database, &ScanRange::new([9], [3])), Vec::<u32>::new());
}

#[test]
fn a_run_counts_as_written_last_and_survives_reopening() {
    let directory = tempfile::tempdir().unwrap();
    let database = open(directory.path()).unwrap();
    fill(&database, 4);
    database.flush().unwrap();
    fill(&database, 3);
    let mut run = Run::new(database.resources());
    for (key, value) in [(1, Some("first")), (9, Some("new")), (2, Some("gone")), (1, Some("last")), (2, None)] {
        run.push(&u32::to_be_bytes(key), value.map(str::as_bytes));
    }
    database.ingest("state", &run).unwrap();
    drop((run, database));

    let database = open(directory.path()).unwrap();
    assert_eq!(keys(&database, &ScanRange::all()), [0, 1, 3, 9]);
    assert_eq!(database.get("state", &1_u32.to_be_bytes(), <[u8]>::to_vec).unwrap().unwrap(), b"last");
    assert!(!directory.path().join("run.new").exists());
}

#[test]
fn runs_share_the_budget_of_memtables_and_give_it_back() {
    let resources = Resources::new(4 << 20, 50, 64);
    let mut runs = [Run::new(&resources), Run::new(&resources)];
    let rows = (0..1_u32 << 15).map(|number| number.to_be_bytes());
    rows.clone().for_each(|key| runs[0].push(&key, Some(&[0; 16])));
    assert!(!runs[0].is_due(), "the budget is not used up");
    rows.for_each(|key| runs[1].push(&key, Some(&[0; 16])));
    assert!(runs[0].is_due() && runs[1].is_due());
    runs[0] = Run::new(&resources);
    assert!(!runs[1].is_due());
}

#[test]
fn a_snapshot_does_not_see_later_writes() {
    let directory = tempfile::tempdir().unwrap();
    let database = open(directory.path()).unwrap();
    fill(&database, 1);
    database.with_snapshot(|snapshot| {
        let mut batch = database.batch();
        batch.put("state", &0_u32.to_be_bytes(), b"later");
        database.write(batch, Durability::NoSync).unwrap();
        assert_eq!(snapshot.get("state", &0_u32.to_be_bytes(), <[u8]>::to_vec).unwrap().unwrap(), b"value 0");
    });
    assert_eq!(database.get("state", &0_u32.to_be_bytes(), <[u8]>::to_vec).unwrap().unwrap(), b"later");
}

#[test]
fn a_column_that_was_not_opened_is_an_error_and_writes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let database = open(directory.path()).unwrap();
    let mut batch = database.batch();
    batch.put("state", b"k", b"v");
    batch.put("typo", b"k", b"v");
    assert!(
        matches!(database.write(batch, Durability::NoSync), Err(Error::UnknownColumn { column, .. }) if column == "typo")
    );
    assert_eq!(database.get("state", b"k", <[u8]>::len).unwrap(), None);
    assert!(matches!(database.get("typo", b"k", <[u8]>::len), Err(Error::UnknownColumn { .. })));
}

#[test]
fn columns_can_be_added_and_left_out_later() {
    let directory = tempfile::tempdir().unwrap();
    fill(&open(directory.path()).unwrap(), 3);
    let resources = Resources::new(32 << 20, 50, 64);
    let other = [Column::new("other", ColumnKind::Window)];
    Database::open(directory.path(), &other, &resources).unwrap();
    assert_eq!(keys(&open(directory.path()).unwrap(), &ScanRange::all()), [0, 1, 2]);
}

#[test]
fn a_second_opener_is_told_who_holds_the_directory() {
    let directory = tempfile::tempdir().unwrap();
    let _first = open(directory.path()).unwrap();
    let error = open(directory.path()).unwrap_err();
    assert!(error.is_locked(), "{error:?}");
    assert!(error.to_string().contains("in use by another process"), "{error}");
}

#[test]
fn a_flipped_byte_in_a_table_file_is_an_error_not_a_value() {
    let directory = tempfile::tempdir().unwrap();
    let database = open(directory.path()).unwrap();
    fill(&database, 1000);
    database.flush().unwrap();
    drop(database);
    let table = std::fs::read_dir(directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "sst"))
        .max_by_key(|path| path.metadata().unwrap().len())
        .unwrap();
    let mut bytes = std::fs::read(&table).unwrap();
    bytes[100] ^= 0x40;
    std::fs::write(&table, bytes).unwrap();

    let database = open(directory.path()).unwrap();
    let error = database.scan("state", &ScanRange::all(), |_, _| ControlFlow::Continue(())).unwrap_err();
    assert!(error.is_corrupt(), "{error:?}");
    let error = database.get("state", &0_u32.to_be_bytes(), <[u8]>::to_vec).unwrap_err();
    assert!(error.is_corrupt(), "{error:?}");
}

#[test]
fn a_missing_current_or_manifest_is_damage_not_an_empty_database() {
    for victim in ["CURRENT", "MANIFEST-"] {
        let directory = tempfile::tempdir().unwrap();
        fill(&open(directory.path()).unwrap(), 10);
        for entry in std::fs::read_dir(directory.path()).unwrap() {
            let entry = entry.unwrap();
            if entry.file_name().to_string_lossy().starts_with(victim) {
                std::fs::remove_file(entry.path()).unwrap();
            }
        }
        let error = open(directory.path()).unwrap_err();
        assert!(error.is_corrupt(), "{victim}: {error:?}");
    }
}

#[test]
fn usage_counts_what_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let resources = Resources::new(32 << 20, 50, 64);
    let database = Database::open(directory.path(), &columns(), &resources).unwrap();
    fill(&database, 10_000);
    let usage = resources.usage();
    assert!(usage.write_buffer_bytes > 100_000 && usage.write_buffer_bytes < usage.memory_bytes, "{usage:?}");
    assert!(database.column_stats("state").unwrap().memtable_bytes > 100_000);
    database.flush().unwrap();
    assert!(database.column_stats("state").unwrap().table_bytes > 1_000);
    assert_eq!(database.background_errors(), 0);
}
