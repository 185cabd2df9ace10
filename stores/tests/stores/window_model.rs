//! Any sequence of calls gives what a map by key and start gives, on both backends and with any cache.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tillstream_stores::{Backend, Error, Headers, StoreOptions, ValueAndTimestamp, WindowOptions, i64_be, utf8};

use crate::task::{Task, Windows, value, windows};

const RETENTION_MS: i64 = 200_000;

#[derive(Clone, Debug)]
enum Step {
    Put(String, i64, Option<i64>),
    Add(String, i64, i64),
    Fetch(String, i64),
    Range(String, i64, i64),
    Keys(String, String, i64, i64, bool),
    Pass(i64),
    Commit,
    Discard,
    Crash,
    CrashBeforeApply,
}

/// Rows by key, start and number; times.
#[derive(Clone, Debug, Default, PartialEq)]
struct Model {
    rows: BTreeMap<(String, i64, u32), i64>,
    observed: i64,
    seq: u32,
}

impl Model {
    fn first_live(&self) -> i64 {
        (self.observed - RETENTION_MS + 1).max(0)
    }

    fn live(&self, from: i64, to: i64) -> impl Iterator<Item = (&str, i64, u32, i64)> {
        let from = from.max(self.first_live());
        self.rows
            .iter()
            .map(|((key, start, seq), value)| (key.as_str(), *start, *seq, *value))
            .filter(move |(_, start, ..)| from <= *start && *start <= to)
    }

    fn put(&mut self, key: &str, start: i64, new: Option<i64>, duplicates: bool) -> bool {
        // A null among duplicates is not a row.
        if new.is_some() || !duplicates {
            self.observed = self.observed.max(start);
        }
        self.seq += u32::from(duplicates);
        if start < self.first_live() {
            return false;
        }
        let place = (key.to_owned(), start, self.seq);
        match new {
            Some(new) => _ = self.rows.insert(place, new),
            None if duplicates => {}
            None => _ = self.rows.remove(&place),
        }
        true
    }
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof!["[ab]{1,2}", Just("a\0\0\0\0\0\0\0\0\0\0\0\0".to_owned())]
}

fn start() -> impl Strategy<Value = i64> {
    (0_i64..60).prop_map(|step| step * 10_007)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (key(), start(), proptest::option::weighted(0.8, any::<i64>())).prop_map(|(k, s, v)| Step::Put(k, s, v)),
        4 => (key(), start(), 1_i64..9).prop_map(|(k, s, by)| Step::Add(k, s, by)),
        4 => (key(), start()).prop_map(|(k, s)| Step::Fetch(k, s)),
        6 => (key(), start(), start()).prop_map(|(k, a, b)| Step::Range(k, a, b)),
        2 => (key(), key(), start(), start(), any::<bool>()).prop_map(|(k, l, a, b, r)| Step::Keys(k, l, a, b, r)),
        1 => start().prop_map(Step::Pass),
        3 => Just(Step::Commit),
        1 => Just(Step::Discard),
        1 => Just(Step::Crash),
        1 => Just(Step::CrashBeforeApply),
    ]
}

fn run(backend: Backend, cache_bytes: usize, duplicates: bool, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let options = StoreOptions { backend, cache_bytes, ..StoreOptions::new("s") };
    let kept = WindowOptions { retention_ms: RETENTION_MS, window_size_ms: 10, retain_duplicates: duplicates };
    let mut task = windows(options, kept);
    let mut now = Model { observed: -1, ..Model::default() };
    let mut committed = now.clone();
    for step in steps {
        match step {
            Step::Commit => {
                task.commit();
                committed = now.clone();
            }
            Step::Discard => {
                task.discard();
                now = committed.clone();
            }
            Step::Crash => {
                task.reopen();
                settle(&mut task, &mut now, &committed);
            }
            Step::CrashBeforeApply => {
                task.crash_before_apply();
                committed = now.clone();
                settle(&mut task, &mut now, &committed);
            }
            step => one(&task, &mut now, duplicates, step)?,
        }
    }
    task.commit();
    let expected: Vec<(String, i64)> =
        now.live(0, i64::MAX).map(|(key, _, _, value)| (key.to_owned(), value)).collect();
    let mut found = committed_rows(&task);
    found.sort();
    let mut expected = expected;
    expected.sort();
    prop_assert_eq!(found, expected);
    Ok(())
}

/// A changelog does not tell that time passed without a put: after a restore the store is told.
fn settle(task: &mut Task<Windows>, now: &mut Model, committed: &Model) {
    *now = committed.clone();
    task.store().observe_stream_time(now.observed);
    task.commit();
}

fn committed_rows(task: &Task<Windows>) -> Vec<(String, i64)> {
    let reader = task.state().reader();
    let rows = reader.snapshot(|state| {
        let view = state.window_view("s", utf8(), i64_be()).unwrap();
        view.fetch_all(0, i64::MAX, 1_000).unwrap()
    });
    rows.unwrap().into_iter().map(|(key, row)| (key.key, row.value)).collect()
}

fn one(task: &Task<Windows>, now: &mut Model, duplicates: bool, step: Step) -> Result<(), TestCaseError> {
    let headers = Headers::new();
    match step {
        Step::Put(key, start, new) => {
            let taken = task.store().put(&key, start, new.and_then(|new| value(new, start)), &headers).unwrap();
            prop_assert_eq!(taken, now.put(&key, start, new, duplicates));
        }
        Step::Add(key, start, by) if !duplicates => {
            let add = |row: Option<ValueAndTimestamp<i64>>| {
                Ok::<_, Error>(value(row.map_or(0, |row| row.value).wrapping_add(by), start))
            };
            let taken = task.store().update(&key, start, &headers, add).unwrap();
            let old = now.rows.get(&(key.clone(), start, 0)).copied().unwrap_or(0);
            prop_assert_eq!(taken, now.put(&key, start, Some(old.wrapping_add(by)), false));
        }
        Step::Fetch(key, start) if !duplicates => {
            let expected = now.live(start, start).find(|row| row.0 == key).map(|row| row.3);
            prop_assert_eq!(task.fetch(&key, start), expected);
        }
        Step::Range(key, from, to) => {
            let expected: Vec<(i64, i64)> =
                now.live(from, to).filter(|row| row.0 == key).map(|(_, start, _, value)| (start, value)).collect();
            prop_assert_eq!(task.range(&key, from, to), expected);
        }
        Step::Keys(first, last, from, to, reverse) => {
            let mut expected: Vec<(i64, &str, u32, i64)> = now
                .live(from, to)
                .filter(|row| first.as_str() <= row.0 && row.0 <= last.as_str())
                .map(|(key, start, seq, value)| (start, key, seq, value))
                .collect();
            expected.sort_unstable();
            let mut store = task.store();
            let found = if reverse {
                expected.reverse();
                store.backward_fetch_keys(Some(&first), Some(&last), from, to)
            } else {
                store.fetch_keys(Some(&first), Some(&last), from, to)
            };
            let found: Vec<(i64, String, i64)> =
                found.unwrap().into_iter().map(|(key, row)| (key.window.start, key.key, row.value)).collect();
            let expected: Vec<(i64, String, i64)> =
                expected.into_iter().map(|(start, key, _, value)| (start, key.to_owned(), value)).collect();
            prop_assert_eq!(found, expected);
        }
        Step::Pass(time) => {
            task.store().observe_stream_time(time);
            now.observed = now.observed.max(time);
        }
        _ => {}
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_window_store_is_a_map(
        memory in any::<bool>(),
        small_cache in any::<bool>(),
        duplicates in any::<bool>(),
        steps in proptest::collection::vec(step(), 1..120),
    ) {
        let backend = if memory { Backend::Memory } else { Backend::Rocks };
        run(backend, if small_cache { 0 } else { 1 << 20 }, duplicates, steps)?;
    }
}
