//! Any sequence of calls gives what a `BTreeMap` gives, on both backends and with any cache.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tillstream_stores::{Backend, Error, Format, Headers, StoreOptions, ValueAndTimestamp, i64_be, utf8};

use crate::task::{KeyValue, Task, key_value, value};

#[derive(Clone, Debug)]
enum Step {
    Put(String, Option<i64>),
    Add(String, i64),
    FailedUpdate(String),
    Get(String),
    PutIfAbsent(String, i64),
    Range(Option<String>, Option<String>, bool),
    Prefix(String),
    Commit,
    Discard,
    Crash,
    CrashBeforeApply,
}

type Model = BTreeMap<String, i64>;

fn key() -> impl Strategy<Value = String> {
    // Few keys that are prefixes of each other, and a tail of many.
    prop_oneof!["[ab]{0,3}", "k[0-9]{2}"]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (key(), proptest::option::weighted(0.7, any::<i64>())).prop_map(|(key, value)| Step::Put(key, value)),
        4 => (key(), -9_i64..9).prop_map(|(key, by)| Step::Add(key, by)),
        1 => key().prop_map(Step::FailedUpdate),
        4 => key().prop_map(Step::Get),
        1 => (key(), any::<i64>()).prop_map(|(key, value)| Step::PutIfAbsent(key, value)),
        2 => (proptest::option::of(key()), proptest::option::of(key()), any::<bool>())
            .prop_map(|(from, to, reverse)| Step::Range(from, to, reverse)),
        1 => "[ab]{0,2}".prop_map(Step::Prefix),
        2 => Just(Step::Commit),
        1 => Just(Step::Discard),
        1 => Just(Step::Crash),
        1 => Just(Step::CrashBeforeApply),
    ]
}

fn run(options: StoreOptions, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let mut task = key_value(options);
    let (mut now, mut committed) = (Model::new(), Model::new());
    for step in steps {
        match step {
            Step::Commit => {
                task.commit();
                committed.clone_from(&now);
            }
            Step::Discard => {
                task.discard();
                now.clone_from(&committed);
            }
            Step::Crash => {
                task.reopen();
                now.clone_from(&committed);
            }
            Step::CrashBeforeApply => {
                task.crash_before_apply();
                committed.clone_from(&now);
            }
            step => one(&mut task, &mut now, step)?,
        }
    }
    check_range(&task, &now, (None, None, false))?;
    task.commit();
    prop_assert_eq!(task.stores[0].borrow().dirty_bytes(), 0);
    prop_assert_eq!(committed_rows(&task), now.into_iter().collect::<Vec<_>>());
    Ok(())
}

fn one(task: &mut Task<KeyValue>, now: &mut Model, step: Step) -> Result<(), TestCaseError> {
    let headers = Headers::new();
    match step {
        Step::Put(key, new) => {
            task.store().put(&key, new.and_then(|new| value(new, 7)), &headers).unwrap();
            match new {
                Some(new) => _ = now.insert(key, new),
                None => _ = now.remove(&key),
            }
        }
        Step::Add(key, by) => {
            let add = |row: Option<ValueAndTimestamp<i64>>| {
                let sum = row.map_or(0, |row| row.value).wrapping_add(by);
                Ok::<_, Error>(if sum % 5 == 0 { None } else { value(sum, 8) })
            };
            task.store().update(&key, &headers, add).unwrap();
            let sum = now.get(&key).copied().unwrap_or(0).wrapping_add(by);
            if sum % 5 == 0 { _ = now.remove(&key) } else { _ = now.insert(key, sum) }
        }
        Step::FailedUpdate(key) => {
            let outcome = task.store().update(&key, &headers, |_| Err(Error::Closed));
            prop_assert_eq!(outcome, Err(Error::Closed));
        }
        Step::Get(key) => prop_assert_eq!(task.get(&key).map(|row| row.0), now.get(&key).copied()),
        Step::PutIfAbsent(key, new) => {
            let known = task.store().put_if_absent(&key, value(new, 9), &headers).unwrap();
            prop_assert_eq!(known.map(|row| row.value), now.get(&key).copied());
            now.entry(key).or_insert(new);
        }
        Step::Range(from, to, reverse) => check_range(task, now, (from, to, reverse))?,
        Step::Prefix(prefix) => {
            let found = listed(task.store().prefix_scan(prefix.as_bytes()).unwrap());
            let expected = now.iter().filter(|(key, _)| key.starts_with(&prefix));
            prop_assert_eq!(found, expected.map(|(key, value)| (key.clone(), *value)).collect::<Vec<_>>());
        }
        Step::Commit | Step::Discard | Step::Crash | Step::CrashBeforeApply => {}
    }
    Ok(())
}

/// What another thread reads.
fn committed_rows(task: &Task<KeyValue>) -> Vec<(String, i64)> {
    let reader = task.state().reader();
    let rows = reader.snapshot(|state| state.key_value_view("s", utf8(), i64_be()).unwrap().all(1_000).unwrap());
    listed(rows.unwrap())
}

fn listed(rows: Vec<(String, ValueAndTimestamp<i64>)>) -> Vec<(String, i64)> {
    rows.into_iter().map(|(key, row)| (key, row.value)).collect()
}

fn check_range(
    task: &Task<KeyValue>,
    now: &Model,
    (from, to, reverse): (Option<String>, Option<String>, bool),
) -> Result<(), TestCaseError> {
    let inside = |key: &String| from.as_ref().is_none_or(|from| from <= key) && to.as_ref().is_none_or(|to| key <= to);
    let mut expected: Vec<(String, i64)> =
        now.iter().filter(|(key, _)| inside(key)).map(|(key, value)| (key.clone(), *value)).collect();
    let mut store = task.store();
    let found = if reverse {
        expected.reverse();
        store.reverse_range(from.as_ref(), to.as_ref())
    } else {
        store.range(from.as_ref(), to.as_ref())
    };
    prop_assert_eq!(listed(found.unwrap()), expected);
    Ok(())
}

fn options() -> impl Strategy<Value = StoreOptions> {
    let backend = prop_oneof![Just(Backend::Rocks), Just(Backend::Memory)];
    let format = prop_oneof![Just(Format::Plain), Just(Format::Timestamped)];
    let cache = prop_oneof![Just(0_usize), Just(1 << 20)];
    (backend, format, cache, any::<bool>()).prop_map(|(backend, format, cache_bytes, caching)| StoreOptions {
        backend,
        format,
        cache_bytes,
        caching,
        ..StoreOptions::new("s")
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_store_is_a_map(options in options(), steps in proptest::collection::vec(step(), 1..120)) {
        run(options, steps)?;
    }
}
