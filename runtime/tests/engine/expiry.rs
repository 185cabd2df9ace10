//! Rows that expired leave the changelog; those that did not are restored from what is left of it.

use std::time::Duration;

use tillstream_runtime::log::{OffsetRange, TopicPartition};
use tillstream_runtime::partitioner::partition_for;

use crate::harness::{Harness, PARTITIONS, settle};
use crate::late_by_sender::{Event, Sums, events, offline, produce, sums_kept, windows, windows_of};
use crate::rebalance::{Pair, TASKS, soon};

const CHANGELOG: &str = "app-sums-changelog";
/// As long as rows are kept, ms of event time, which the slowest sender tells: a quarter of what it sends.
const KEPT: i64 = 60_000;

fn changelogs(harness: &Harness) -> Vec<OffsetRange> {
    let partitions: Vec<_> = (0..PARTITIONS).map(|number| TopicPartition::new(CHANGELOG, number)).collect();
    harness.log.offsets(&partitions).unwrap()
}

/// The windows that are kept by the time that the slowest sender has reached.
fn live_of(windows: Sums, events: &[Event]) -> Sums {
    let mut reached = [-1; PARTITIONS as usize];
    for (key, _, time) in events {
        let sender = &mut reached[partition_for(key.as_bytes(), PARTITIONS) as usize];
        *sender = (*sender).max(*time);
    }
    let oldest = reached.iter().min().unwrap() - KEPT;
    windows.into_iter().filter(|((_, start), _)| *start > oldest).collect()
}

#[test]
fn what_is_left_of_a_changelog_restores_all_that_is_not_expired() {
    let harness = Harness::new(&["events"]);
    let events = events(80_000);
    let topology = sums_kept(false, KEPT);
    produce(&harness, &events);
    let application = harness.start(&topology, 2);
    settle(&application);
    let live = windows(&application);
    let (expected, _) = offline(&events);
    assert!(live.len() > 100 && live.len() < expected.len() * 3 / 4, "{} of {}", live.len(), expected.len());
    assert!(live == live_of(expected, &events), "what is live differs from the offline fold");
    soon(|| changelogs(&harness).iter().filter(|range| range.end > 0).all(|range| range.start > 0));
    assert!(harness.read(CHANGELOG).iter().all(|(_, value, _)| value.is_some()), "tombstones are not needed");
    assert!(application.stop(Duration::from_secs(10)));
    drop(application);

    std::fs::remove_dir_all(harness.state_dir()).unwrap();
    let application = harness.start(&topology, 2);
    settle(&application);
    assert!(windows(&application) == live, "before a record tells the time it is the one of the last commit");
    let events = self::events(80_100);
    produce(&harness, &events[80_000..]);
    settle(&application);
    assert!(windows(&application) == live_of(offline(&events).0, &events), "what was restored is not all that is live");
}

/// Which is the slowest sender's: the copies of rows tell that of the fastest.
#[test]
fn a_standby_shows_windows_by_the_time_that_its_owner_has_told() {
    let harness = Harness::new(&["events"]);
    produce(&harness, &events(80_000));
    let pair = Pair::start(&harness, &sums_kept(false, KEPT), TASKS, 1);
    pair.settle();
    soon(|| {
        pair.applications.iter().all(|application| application.query().standbys().len() == PARTITIONS as usize / 2)
    });
    let live = windows(&pair.applications[0]);
    let starts = || live.keys().map(|(_, start)| *start);
    assert!(starts().min() < starts().max().map(|newest| newest - KEPT), "all senders are as fast");
    for application in &pair.applications {
        soon(|| windows_of(&application.query().allowing_stale()) == live);
    }
}
