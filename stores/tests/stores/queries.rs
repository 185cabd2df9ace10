//! What other threads read: one commit, whole.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tillstream_stores::rocks::Resources;
use tillstream_stores::{
    Backend, CommitMeta, Error, Headers, KeyValueBuilder, KeyValueStore, Position, StoreBuilder, StoreOptions,
    TaskState, WindowOptions, i64_be, utf8,
};

use crate::task::{key_value, value, windows};

#[test]
fn a_query_sees_committed_rows_and_their_position() {
    for backend in [Backend::Rocks, Backend::Memory] {
        let mut task = key_value(StoreOptions { backend, ..StoreOptions::new("s") });
        for key in ["a", "ab", "b", "c"] {
            task.put(key, 1, 5);
        }
        task.commit();
        task.put("a", 2, 6);
        let reader = task.state().reader();
        reader
            .snapshot(|state| {
                assert_eq!(state.position().get("input", 0), Some(4));
                let view = state.key_value_view("s", utf8(), i64_be()).unwrap();
                assert_eq!(view.get(&"a".to_owned()).unwrap(), value(1, 5));
                let keys = |rows: Vec<(String, _)>| rows.into_iter().map(|row| row.0).collect::<Vec<_>>();
                assert_eq!(keys(view.range(Some(&"ab".into()), Some(&"b".into()), 9).unwrap()), ["ab", "b"]);
                assert_eq!(keys(view.prefix(b"a", 9).unwrap()), ["a", "ab"]);
                assert_eq!(keys(view.all(3).unwrap()), ["a", "ab", "b"]);
                assert!(matches!(state.window_view("s", utf8(), i64_be()), Err(Error::UnknownStore { .. })));
                assert!(matches!(state.get("typo", b"a"), Err(Error::UnknownStore { .. })));
                let mut raw = Vec::new();
                let more = state.scan("s", Some(b"ab"), None, true, 2, &mut |key, value, time| {
                    raw.push((key.to_vec(), value.len(), time));
                    ControlFlow::Continue(())
                });
                assert_eq!((raw, more), (vec![(b"c".to_vec(), 8, 5), (b"b".to_vec(), 8, 5)], Ok(true)));
            })
            .unwrap();
    }
}

#[test]
fn windows_are_read_by_key_and_time_without_what_expired() {
    for backend in [Backend::Rocks, Backend::Memory] {
        let kept = WindowOptions { retention_ms: 100_000, window_size_ms: 10, retain_duplicates: false };
        let mut task = windows(StoreOptions { backend, ..StoreOptions::new("s") }, kept);
        for (key, start) in [("a", 10_000), ("a", 70_000), ("ab", 70_000), ("a", 140_000)] {
            task.put(key, start, start);
            task.commit();
        }
        let reader = task.state().reader();
        reader
            .snapshot(|state| {
                let view = state.window_view("s", utf8(), i64_be()).unwrap();
                let starts = |rows: Vec<(tillstream_stores::Windowed<String>, _)>| {
                    rows.into_iter().map(|row| (row.0.key, row.0.window.start)).collect::<Vec<_>>()
                };
                let a = "a".to_owned();
                assert_eq!(
                    starts(view.fetch(&a, 0, i64::MAX, 9).unwrap()),
                    [(a.clone(), 70_000), (a.clone(), 140_000)]
                );
                assert_eq!(starts(view.fetch(&a, 0, 139_999, 9).unwrap()), [(a.clone(), 70_000)]);
                assert_eq!(starts(view.fetch(&a, 0, i64::MAX, 1).unwrap()), [(a.clone(), 70_000)]);
                assert_eq!(view.fetch_all(0, i64::MAX, 9).unwrap().len(), 3);
                assert_eq!(view.fetch_all(70_000, 70_000, 9).unwrap().len(), 2);
                let raw = state.get("s", b"a\0\0\0\0\0\x01\x11\x70\0\0\0\0").unwrap();
                assert_eq!(raw, Some((70_000_i64.to_be_bytes().to_vec(), 70_000)));
            })
            .unwrap();
    }
}

#[test]
fn a_snapshot_is_one_commit_over_all_stores_while_commits_go_on() {
    let builders: Vec<Arc<dyn StoreBuilder>> = [("disk", Backend::Rocks), ("memory", Backend::Memory)]
        .map(|(name, backend)| {
            let options = StoreOptions { backend, ..StoreOptions::new(name) };
            Arc::new(KeyValueBuilder::new(options, utf8(), i64_be())) as Arc<dyn StoreBuilder>
        })
        .to_vec();
    let directory = tempfile::tempdir().unwrap();
    let mut state = TaskState::open(Some(directory.path()), &builders, &Resources::new(32 << 20, 50, 64)).unwrap();
    let built: Vec<_> = builders.iter().map(|builder| builder.build(&state).unwrap()).collect();
    let typed: Vec<std::rc::Rc<std::cell::RefCell<KeyValueStore<String, i64>>>> =
        built.iter().map(|store| std::rc::Rc::clone(&store.typed).downcast().unwrap()).collect();
    let stores: Vec<_> = built.into_iter().map(|store| store.store).collect();
    let (reader, done) = (state.reader(), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let query = scope.spawn(|| {
            let mut seen = 0;
            while !done.load(Ordering::Acquire) {
                let rows = reader.snapshot(|state| {
                    let number = |store: &str| {
                        let view = state.key_value_view(store, utf8(), i64_be()).unwrap();
                        view.get(&"k".to_owned()).unwrap().map_or(0, |row| row.value)
                    };
                    (number("disk"), number("memory"), state.position().get("input", 0).unwrap_or(0))
                });
                let (disk, memory, position) = rows.unwrap();
                assert_eq!((disk, memory), (position, position));
                seen += 1;
            }
            seen
        });
        for number in 1..=2_000 {
            for store in &typed {
                store.borrow_mut().put(&"k".to_owned(), value(number, number), &Headers::new()).unwrap();
            }
            let staged = state.stage(&stores).unwrap();
            let mut position = Position::new();
            position.set("input", 0, number);
            let changelog_offsets = vec![("disk".to_owned(), number), ("memory".to_owned(), number)];
            state.apply(staged, CommitMeta { changelog_offsets, position, ..CommitMeta::default() }, &stores).unwrap();
        }
        done.store(true, Ordering::Release);
        assert!(query.join().unwrap() > 0);
    });
}
