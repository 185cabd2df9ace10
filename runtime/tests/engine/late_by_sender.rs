//! What is late does not depend on how fast partitions are read, on threads or on restarts.

use std::collections::BTreeMap;
use std::time::Duration;

use tillstream_runtime::partitioner::partition_for;
use tillstream_runtime::{Application, StoreQuery};
use tillstream_stores::{i64_be, utf8};
use tillstream_topology::{Consumed, Grouped, Materialized, StreamsBuilder, TimeWindows, Topology};

use crate::harness::{Harness, PARTITIONS, settle};

const SIZE: i64 = 1_000;
const GRACE: i64 = 500;

/// Key, number, time.
pub(crate) type Event = (String, i64, i64);

/// Sums by colour and window start.
pub(crate) type Sums = BTreeMap<(String, i64), i64>;

/// Sums by colour in windows, behind a repartition topic; combined before it or not.
pub(crate) fn sums(combined: bool) -> Topology {
    sums_kept(combined, 100_000_000)
}

/// As [`sums`], with rows kept for `retention_ms`.
pub(crate) fn sums_kept(combined: bool, retention_ms: i64) -> Topology {
    let builder = StreamsBuilder::new();
    let windowed = builder
        .stream("events", Consumed::with(utf8(), i64_be()))
        .group_by(|_, value| format!("colour-{}", value % 5), Grouped::with(utf8(), i64_be()).named("by-colour"))
        .windowed_by(TimeWindows::of_size(SIZE).grace(GRACE));
    let store = Materialized::named_with("sums", i64_be()).retention_ms(retention_ms);
    if combined {
        windowed.aggregate_merging(|| 0, |_, value, sum| Ok(sum + value), |_, whole, part| Ok(whole + part), store);
    } else {
        windowed.aggregate(|| 0, |_, value, sum| sum + value, store);
    }
    builder.build().unwrap()
}

/// Events whose times jump back now and then, some of them behind the grace; each partition at a pace of its own.
pub(crate) fn events(count: i64) -> Vec<Event> {
    let mut state = 12_345_u64;
    let mut random = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    (0..count)
        .map(|n| {
            let key = format!("key-{}", random(50));
            let pace = 3 + i64::from(partition_for(key.as_bytes(), PARTITIONS));
            let back = if random(20) == 0 { random(4_000) as i64 } else { 0 };
            (key, random(1_000) as i64, (n * pace - back).max(0))
        })
        .collect()
}

/// The same rule, folded offline: a record is late by the highest time its own source partition has sent before it.
pub(crate) fn offline(events: &[Event]) -> (Sums, u64) {
    let (mut sums, mut late) = (BTreeMap::new(), 0);
    let mut sent = [-1_i64; PARTITIONS as usize];
    for (key, value, time) in events {
        let sender = &mut sent[partition_for(key.as_bytes(), PARTITIONS) as usize];
        *sender = (*sender).max(*time);
        let start = time / SIZE * SIZE;
        if start + SIZE > *sender - GRACE {
            *sums.entry((format!("colour-{}", value % 5), start)).or_insert(0) += value;
        } else {
            late += 1;
        }
    }
    (sums, late)
}

pub(crate) fn windows(application: &Application) -> Sums {
    windows_of(application.query())
}

/// All windows as `query` sees them.
pub(crate) fn windows_of(query: &StoreQuery) -> Sums {
    let mut rows = BTreeMap::new();
    for task in query.holders("sums") {
        let part = task.reader.snapshot(|snapshot| {
            let view = snapshot.window_view("sums", utf8(), i64_be()).unwrap();
            view.fetch_all(0, i64::MAX, usize::MAX).unwrap()
        });
        rows.extend(part.unwrap().into_iter().map(|(key, row)| ((key.key, key.window.start), row.value)));
    }
    rows
}

pub(crate) fn produce(harness: &Harness, events: &[Event]) {
    let bytes: Vec<[u8; 8]> = events.iter().map(|(_, value, _)| value.to_be_bytes()).collect();
    let records = events.iter().zip(&bytes).map(|((key, _, time), value)| (key.as_str(), Some(&value[..]), *time));
    harness.produce("events", records);
}

#[test]
fn catching_up_gives_the_same_sums_and_late_counts_as_the_offline_fold() {
    let events = events(6_000);
    let (expected, late) = offline(&events);
    assert!(late > 50, "the data must hold late records");
    for (threads, combined) in [(1, false), (2, false), (1, true), (2, true)] {
        let harness = Harness::new(&["events"]);
        produce(&harness, &events);
        let application = harness.start(&sums(combined), threads);
        settle(&application);
        assert_eq!(windows(&application), expected, "threads {threads}, combined {combined}");
        let dropped: u64 = late_drops(&application, combined);
        assert_eq!(dropped, late, "threads {threads}, combined {combined}");
    }
}

#[test]
fn live_pace_and_restarts_change_nothing() {
    let events = events(6_000);
    let (expected, late) = offline(&events);
    let harness = Harness::new(&["events"]);
    let topology = sums(true);
    for chunk in events.chunks(700) {
        let application = harness.start(&topology, 2);
        for part in chunk.chunks(100) {
            produce(&harness, part);
            std::thread::park_timeout(Duration::from_millis(10));
        }
        settle(&application);
        drop(application);
    }
    let application = harness.start(&topology, 2);
    settle(&application);
    assert_eq!(windows(&application), expected);
    assert_eq!(late_drops(&application, true), late);
}

/// Late records: judged before the repartition topic where aggregates are combined, else behind it.
pub(crate) fn late_drops(application: &Application, combined: bool) -> u64 {
    if combined {
        return application.query().ledger()["events"].late;
    }
    let tasks = application.query().tasks();
    tasks.iter().flat_map(|task| task.internal_ledger.values()).map(|entry| entry.late).sum()
}
