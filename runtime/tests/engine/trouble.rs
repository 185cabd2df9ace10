//! The log forgets a commit, or deletes what was not read; a thread panics: the answers stay right, or there are none.

use std::time::Duration;

use tillstream_runtime::ApplicationState;
use tillstream_runtime::log::TopicPartition;
use tillstream_stores::{u64_be, utf8};

use crate::aborting_log::{AbortingLog, Answer};
use crate::frozen_log::FrozenLog;
use crate::harness::{Harness, PARTITIONS, rows, settle};
use crate::rebalance::soon;
use crate::restart::{expected, produce, set_aside, word_count, words};

#[test]
fn a_commit_that_the_log_forgot_is_made_good_from_the_last_one_it_has() {
    let (harness, log) = Harness::wrapped(&["lines"], |log| AbortingLog::new(log, 5, Answer::Committed));
    let all = words(0, 3_000);
    let application = harness.start(&word_count(), 2);
    for part in all.chunks(300) {
        produce(&harness, part);
        settle(&application);
    }
    assert_eq!(log.aborts_left(), 0);
    assert_eq!(rows(&application, "counts", &utf8(), &u64_be()), expected(&all));
    assert_eq!(application.query().ledger()["lines"].consumed, 3_000);
    assert!(set_aside(&harness) > 0, "state that holds more than the log is not used");
}

#[test]
fn records_that_were_deleted_before_they_were_read_are_passed() {
    let (harness, log) = Harness::wrapped(&["lines"], FrozenLog::new);
    let all = words(0, 3_000);
    produce(&harness, &all[..1_000]);
    let application = harness.start(&word_count(), 2);
    settle(&application);

    let frozen = log.freeze();
    produce(&harness, &all[1_000..2_000]);
    for partition in (0..PARTITIONS).map(|partition| TopicPartition::new("lines", partition)) {
        let end = harness.log.offsets(std::slice::from_ref(&partition)).unwrap()[0].end;
        harness.log.delete_records(&partition, end).unwrap();
    }
    produce(&harness, &all[2_000..]);
    drop(frozen);
    settle(&application);
    let read = [&all[..1_000], &all[2_000..]].concat();
    assert_eq!(rows(&application, "counts", &utf8(), &u64_be()), expected(&read));
}

#[test]
fn a_panic_of_a_stream_thread_ends_the_application_and_is_told() {
    let (harness, log) = Harness::wrapped(&["lines"], FrozenLog::new);
    let application = harness.start(&word_count(), 2);
    settle(&application);
    std::thread::scope(|scope| {
        let poison = scope.spawn(|| {
            let _frozen = log.freeze();
            panic!("on purpose");
        });
        assert!(poison.join().is_err());
    });
    soon(|| matches!(application.state(), ApplicationState::Failed(error) if error.contains("panicked")));
    assert!(application.stop(Duration::from_secs(10)), "the other threads have ended, too");
}
