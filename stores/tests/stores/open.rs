//! What a damaged, foreign or occupied directory answers.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use tillstream_stores::rocks::{Column, ColumnKind, Database, Durability, Resources};
use tillstream_stores::{Error, StoreOptions, TaskState, quarantine};

use crate::task::{KeyValue, Task, key_value};

fn filled() -> Task<KeyValue> {
    let mut task = key_value(StoreOptions { cache_bytes: 0, ..StoreOptions::new("s") });
    for number in 0..2_000 {
        task.put(&format!("key {number}"), number, number);
    }
    task.commit();
    task.state().database().unwrap().flush().unwrap();
    task
}

/// Writes to the metadata behind the state's back.
fn set_meta(task: &mut Task<KeyValue>, key: &[u8], value: Option<&[u8]>) {
    let path = task.path();
    task.drop_all();
    let columns = [Column::new("@meta", ColumnKind::Meta), Column::new("s", ColumnKind::PointLookup)];
    let database = Database::open(&path, &columns, &Resources::default()).unwrap();
    let mut batch = database.batch();
    match value {
        Some(value) => batch.put("@meta", key, value),
        None => batch.delete("@meta", key),
    }
    database.write(batch, Durability::Sync).unwrap();
}

#[test]
fn an_unknown_format_is_refused_with_advice() {
    let mut task = filled();
    set_meta(&mut task, b"format", Some(&99_u32.to_be_bytes()));
    let error = task.try_reopen().unwrap_err();
    assert!(matches!(error, Error::Format { found: 99, supported: 1, .. }), "{error:?}");
    assert!(!error.is_damaged());
    assert!(error.to_string().contains("restore from the changelogs"), "{error}");
}

#[test]
fn rows_without_an_offset_are_damage() {
    for (key, value) in
        [(&b"offset/s"[..], None), (b"format", None), (b"offset/s", Some(&b"abc"[..])), (b"position", Some(b"?"))]
    {
        let mut task = filled();
        set_meta(&mut task, key, value);
        let error = task.try_reopen().unwrap_err();
        assert!(error.is_damaged(), "{key:?}: {error:?}");
    }
}

#[test]
fn an_unlogged_store_needs_no_offset() {
    let mut task = key_value(StoreOptions { logging: false, ..StoreOptions::new("s") });
    task.put("a", 1, 1);
    assert!(task.commit().is_empty());
    set_meta(&mut task, b"offset/s", None);
    task.try_reopen().unwrap();
    assert_eq!(task.get("a"), Some((1, 1)));
}

#[test]
fn a_damaged_directory_is_moved_away_and_restored() {
    let mut task = filled();
    let path = task.path();
    task.drop_all();
    fs::remove_file(path.join("CURRENT")).unwrap();
    let error = task.try_reopen().unwrap_err();
    assert!(error.is_damaged(), "{error:?}");
    let aside = quarantine(&path).unwrap();
    assert_eq!(aside, PathBuf::from(format!("{}.damaged-1", path.display())));
    task.reopen();
    assert_eq!(task.get("key 7"), Some((7, 7)));
    assert!(aside.exists());
}

#[test]
fn a_flipped_byte_is_an_error_and_never_a_value() {
    let mut task = filled();
    let path = task.path();
    task.drop_all();
    let tables = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path());
    let table = tables
        .filter(|path| path.extension().is_some_and(|kind| kind == "sst"))
        .max_by_key(|path| path.metadata().unwrap().len());
    let table = table.unwrap();
    let mut bytes = fs::read(&table).unwrap();
    bytes[50] ^= 1;
    fs::write(&table, bytes).unwrap();
    // The damage shows when the state is opened or when the block is read.
    let mut met_damage = task.try_reopen().is_err_and(|error| error.is_damaged());
    if !met_damage {
        for number in 0..2_000 {
            match task.store().get(&format!("key {number}")) {
                Ok(row) => assert_eq!(row.map(|row| row.value), Some(number)),
                Err(error) => {
                    assert!(error.is_damaged(), "{error:?}");
                    met_damage = true;
                }
            }
        }
    }
    assert!(met_damage);
}

#[test]
fn a_directory_in_use_is_locked() {
    let task = filled();
    let error = TaskState::open(Some(&task.path()), &[Arc::clone(&task.builder)], &Resources::default()).unwrap_err();
    assert!(error.is_locked(), "{error:?}");
}

#[test]
fn a_wiped_state_is_gone_and_its_readers_know() {
    let mut task = filled();
    let path = task.path();
    let reader = task.state().reader();
    let state = task.state.take().unwrap();
    task.drop_all();
    state.wipe().unwrap();
    assert!(!path.exists());
    assert_eq!(reader.snapshot(|_| ()), Err(Error::Closed));
    task.try_reopen().unwrap();
    assert_eq!(task.get("key 7"), None);
}
