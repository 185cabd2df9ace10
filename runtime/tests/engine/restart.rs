//! Nothing is lost and nothing is counted twice when an application stops, or loses its state directory.

use std::collections::BTreeMap;

use tillstream_stores::{u64_be, utf8};
use tillstream_topology::{Consumed, Grouped, Materialized, StreamsBuilder, Topology};

use crate::harness::{Harness, rows, settle};

/// Counts words: records are re-keyed by value, so they cross a repartition topic.
fn word_count() -> Topology {
    let builder = StreamsBuilder::new();
    builder
        .stream("lines", Consumed::with(utf8(), utf8()))
        .group_by(|_, word: &String| word.clone(), Grouped::with(utf8(), utf8()))
        .count(Materialized::named_with("counts", u64_be()));
    builder.build().unwrap()
}

fn words(from: usize, to: usize) -> Vec<(String, String, i64)> {
    (from..to).map(|n| (format!("key-{}", n % 37), format!("word-{}", n * n % 101), n as i64)).collect()
}

fn expected(words: &[(String, String, i64)]) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    words.iter().for_each(|(_, word, _)| *counts.entry(word.clone()).or_insert(0) += 1);
    counts
}

fn produce(harness: &Harness, words: &[(String, String, i64)]) {
    harness.produce("lines", words.iter().map(|(key, word, time)| (key.as_str(), Some(word.as_bytes()), *time)));
}

#[test]
fn counts_are_exact_over_a_restart() {
    let harness = Harness::new(&["lines"]);
    let all = words(0, 5_000);
    let topology = word_count();
    produce(&harness, &all[..3_000]);
    let application = harness.start(&topology, 2);
    settle(&application);
    assert_eq!(rows(&application, "counts", &utf8(), &u64_be()), expected(&all[..3_000]));
    assert!(application.stop(std::time::Duration::from_secs(10)));
    drop(application);

    produce(&harness, &all[3_000..]);
    let application = harness.start(&topology, 1);
    settle(&application);
    assert_eq!(rows(&application, "counts", &utf8(), &u64_be()), expected(&all));
    let restored = application.restore_progress().total();
    assert_eq!(restored.total, 0, "a clean stop leaves nothing to restore");
    let ledger = application.query().ledger();
    assert_eq!(ledger["lines"].consumed, 5_000);
    assert!(ledger["lines"].balances());
}

#[test]
fn a_lost_state_directory_is_restored_from_the_changelog() {
    let harness = Harness::new(&["lines"]);
    let all = words(0, 2_000);
    let topology = word_count();
    produce(&harness, &all);
    let application = harness.start(&topology, 2);
    settle(&application);
    drop(application);
    std::fs::remove_dir_all(harness.state_dir()).unwrap();

    let application = harness.start(&topology, 2);
    settle(&application);
    assert_eq!(rows(&application, "counts", &utf8(), &u64_be()), expected(&all));
    assert!(application.restore_progress().total().total > 0);
    assert_eq!(application.query().ledger()["lines"].consumed, 2_000, "the ledger is part of the log");
}
