//! Standbys: kept warm, read when the owner is gone, and taken over without reading the changelog again.

use std::collections::BTreeMap;

use tillstream_runtime::log::TopicPartition;
use tillstream_runtime::{Application, StoreQuery, TaskId};
use tillstream_stores::{u64_be, utf8};

use crate::harness::{Harness, rows_of, settle};
use crate::rebalance::{Pair, TASKS, soon};
use crate::restart::{expected, produce, word_count, words};

/// The tasks that count come behind those that re-key, which have no state.
const COUNTING: [usize; 4] = [4, 5, 6, 7];

fn counting(task: usize) -> TaskId {
    TaskId { sub_topology: 1, partition: (task - COUNTING[0]) as u32 }
}

/// Waits until each instance keeps the other's two counting tasks, as of the end.
fn await_standbys(pair: &Pair, all: &BTreeMap<String, u64>) {
    for application in &pair.applications {
        soon(|| application.query().standbys().len() == COUNTING.len() / 2);
        soon(|| rows_of(&application.query().allowing_stale(), "counts", &utf8(), &u64_be()).unwrap() == *all);
    }
}

/// Records of the counting tasks' changelogs that `application` has restored.
fn restored(application: &Application) -> u64 {
    application.restore_progress().total().total
}

#[test]
fn a_standby_answers_when_nobody_else_does_and_says_how_old_it_is() {
    let harness = Harness::new(&["lines"]);
    let all = words(0, 3_000);
    produce(&harness, &all);
    let pair = Pair::start(&harness, &word_count(), TASKS, 1);
    pair.settle();
    await_standbys(&pair, &expected(&all));
    let before = tillstream_runtime::Clock::now_ms(&tillstream_runtime::SystemClock);
    let stale: Vec<StoreQuery> =
        pair.applications.iter().map(|application| application.query().allowing_stale()).collect();
    soon(|| stale.iter().all(|query| query.staleness().is_some_and(|age| age.records == 0 && age.as_of_ms >= before)));
    pair.reached.lock().unwrap().clear();
    for (application, stale) in pair.applications.iter().zip(&stale) {
        assert!(rows_of(application.query(), "counts", &utf8(), &u64_be()).is_err(), "the owner cannot be asked");
        assert_eq!(application.query().staleness(), None);
        assert_eq!(rows_of(stale, "counts", &utf8(), &u64_be()).unwrap(), expected(&all));
        assert!(stale.position().covers(&application.query().position()), "{}", stale.position());
    }
    for registry in &pair.registries {
        let gauges = registry.gather();
        let lag = gauges.iter().find(|family| family.name() == "tillstream_standby_lag_records").unwrap();
        let lags: Vec<f64> = lag.get_metric().iter().map(|metric| metric.get_gauge().get_value()).collect();
        assert_eq!(lags, [0.0, 0.0]);
    }
}

#[test]
fn a_promoted_standby_restores_the_tail_alone() {
    let harness = Harness::new(&["lines"]);
    let all = words(0, 20_000);
    produce(&harness, &all);
    let pair = Pair::start(&harness, &word_count(), TASKS, 1);
    pair.settle();
    await_standbys(&pair, &expected(&all));
    let before = restored(&pair.applications[1]);
    for task in COUNTING.into_iter().filter(|task| task % 2 == 0) {
        pair.leases.lock().unwrap().hand_over(task, 1);
    }
    let taken = || COUNTING.into_iter().all(|task| pair.applications[1].query().here(counting(task)).is_some());
    soon(taken);
    let read = restored(&pair.applications[1]) - before;
    let changelogs = [0, 2].map(|partition| TopicPartition::new("app-counts-changelog", partition));
    let all_there_is: i64 = harness.log.offsets(&changelogs).unwrap().iter().map(|range| range.end - range.start).sum();
    assert!(read * 10 < all_there_is as u64, "{read} of {all_there_is} records were read again");
    soon(|| pair.applications[1].query().standbys().is_empty());
    let more = words(20_000, 22_000);
    produce(&harness, &more);
    pair.settle();
    // The one that has lost them keeps them warm in turn, from where it was.
    await_standbys_of_all(&pair, &expected(&words(0, 22_000)));
    assert!(pair.applications.iter().all(|application| application.stop(std::time::Duration::from_secs(10))));
}

fn await_standbys_of_all(pair: &Pair, all: &BTreeMap<String, u64>) {
    let query = pair.applications[0].query();
    soon(|| query.standbys().len() == COUNTING.len());
    soon(|| rows_of(&query.allowing_stale(), "counts", &utf8(), &u64_be()).unwrap() == *all);
    settle(&pair.applications[1]);
}
