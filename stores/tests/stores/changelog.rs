//! A state can be had from its changelog, all of it or the tail.

use tillstream_stores::{Backend, CommitMeta, Error, StoreOptions, TaskState, WindowOptions};

use crate::task::{key_value, windows};

#[test]
fn a_state_is_rebuilt_from_nothing_but_its_changelog() {
    let mut task = key_value(StoreOptions::new("s"));
    for number in 0..500 {
        task.put(&format!("k{}", number % 70), number, number);
        if number % 30 == 0 {
            task.store().delete(&format!("k{}", number % 7), number, &Default::default()).unwrap();
        }
        if number % 40 == 0 {
            task.commit();
        }
    }
    task.commit();
    let expected = task.store().all().unwrap();

    let mut fresh = key_value(StoreOptions::new("s"));
    fresh.log = task.log.clone();
    assert_eq!(fresh.state().changelog_offset("s"), None);
    fresh.restore_from(0);
    assert_eq!(fresh.store().all().unwrap(), expected);
    assert_eq!(fresh.state().changelog_offset("s"), Some(i64::try_from(task.log.len()).unwrap()));
}

#[test]
fn a_restore_replaces_what_the_overlay_has_cached() {
    let mut task = key_value(StoreOptions::new("s"));
    task.put("k", 1, 1);
    task.commit();
    assert_eq!(task.get("k"), Some((1, 1)));
    assert_eq!(task.get("absent"), None);
    let mut other = key_value(StoreOptions::new("s"));
    other.put("k", 2, 2);
    other.put("absent", 3, 3);
    other.commit();
    task.log.extend(other.log.clone());
    task.restore_from(1);
    assert_eq!((task.get("k"), task.get("absent")), (Some((2, 2)), Some((3, 3))));
}

#[test]
fn a_crash_between_commit_and_apply_costs_the_tail_only() {
    let mut task = key_value(StoreOptions::new("s"));
    task.put("a", 1, 1);
    task.commit();
    task.put("a", 2, 2);
    task.put("b", 3, 3);
    task.crash_before_apply();
    assert_eq!((task.get("a"), task.get("b")), (Some((2, 2)), Some((3, 3))));
}

#[test]
fn an_uncommitted_write_does_not_survive_a_crash() {
    let mut task = key_value(StoreOptions::new("s"));
    task.put("a", 1, 1);
    task.commit();
    task.put("a", 2, 2);
    task.reopen();
    assert_eq!(task.get("a"), Some((1, 1)));
    assert_eq!(task.state().position().get("input", 0), Some(1));
    assert_eq!(task.state().times().get("stream"), Some(&1));
}

#[test]
fn a_store_in_memory_starts_its_changelog_from_the_beginning() {
    let mut task = key_value(StoreOptions { backend: Backend::Memory, ..StoreOptions::new("s") });
    task.put("a", 1, 1);
    task.commit();
    task.try_reopen().unwrap();
    assert_eq!(task.state().changelog_offset("s"), None);
    assert_eq!(task.get("a"), None);
    task.restore_from(0);
    assert_eq!(task.get("a"), Some((1, 1)));
}

#[test]
fn numbers_of_duplicates_go_on_after_a_restart() {
    let kept = WindowOptions { retention_ms: 1_000, window_size_ms: 10, retain_duplicates: true };
    for backend in [Backend::Rocks, Backend::Memory] {
        let mut task = windows(StoreOptions { backend, ..StoreOptions::new("s") }, kept);
        task.put("a", 5, 1);
        task.put("a", 5, 2);
        task.commit();
        task.reopen();
        task.put("a", 5, 3);
        assert_eq!(task.range("a", 0, 10), [(5, 1), (5, 2), (5, 3)]);
    }
}

#[test]
fn a_record_of_another_layout_is_refused() {
    let kept = WindowOptions { retention_ms: 1_000, window_size_ms: 10, retain_duplicates: false };
    let mut task = windows(StoreOptions::new("s"), kept);
    let record = tillstream_stores::RestoreRecord { key: b"short", value: Some(b"v"), timestamp: 0 };
    let stores = task.stores.clone();
    let error = task.state.as_mut().unwrap().restore(&stores[0], &[record], 1, 0).unwrap_err();
    assert!(matches!(error, Error::Layout { .. }), "{error}");
}

#[test]
fn a_state_without_a_directory_is_all_in_memory() {
    let builder = key_value(StoreOptions::new("s")).builder.clone();
    let state = TaskState::open(None, &[builder], &Default::default()).unwrap();
    assert!(state.database().is_none());
}

#[test]
fn an_offset_that_belongs_to_no_store_is_kept_too() {
    let mut task = key_value(StoreOptions::new("s"));
    let commit = CommitMeta { changelog_offsets: vec![("progress".into(), 9)], ..CommitMeta::default() };
    let state = task.state.as_mut().unwrap();
    let staged = state.stage(&[]).unwrap();
    state.apply(staged, commit, &[]).unwrap();
    task.try_reopen().unwrap();
    assert_eq!(task.state().changelog_offset("progress"), Some(9));
}
