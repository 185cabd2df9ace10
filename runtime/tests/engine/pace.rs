//! When a thread commits.

use tillstream_runtime::Options;
use tillstream_stores::{u64_be, utf8};

use crate::frozen_log::FrozenLog;
use crate::harness::{Harness, rows, settle};
use crate::restart::{expected, produce, word_count, words};

#[test]
fn while_it_catches_up_it_commits_at_the_interval_however_often_it_waits_for_the_log() {
    let (harness, _) = Harness::wrapped(&["lines"], |log| FrozenLog::slow(log, 50));
    let all = words(0, 50_000);
    all.chunks(1_000).for_each(|part| produce(&harness, part));
    let options = Options {
        threads: 1,
        buffered_records: 500,
        commit_interval_ms: 60_000,
        commit_interval_idle_ms: 1,
        ..Options::default()
    };
    let application = harness.start_with(&word_count(), options);
    settle(&application);
    assert_eq!(rows(&application, "counts", &utf8(), &u64_be()), expected(&all));
    // One of each task that reads the lines, and a few of those that count what they sent.
    let commits = harness.read("app-task-progress").len();
    assert!(commits < 40, "{commits} commits of single tasks");
}
