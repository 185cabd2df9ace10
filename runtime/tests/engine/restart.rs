//! Nothing is lost and nothing is counted twice when an application stops, or loses its state directory.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tillstream_runtime::log::TopicPartition;
use tillstream_stores::{u64_be, utf8};
use tillstream_topology::{Consumed, Grouped, Materialized, Optimization, StreamsBuilder, Topology, TopologyConfig};

use crate::harness::{Harness, PARTITIONS, rows, settle, try_rows};
use crate::rebalance::soon;

/// Counts words: records are re-keyed by value, so they cross a repartition topic.
pub(crate) fn word_count() -> Topology {
    let builder = StreamsBuilder::new();
    builder
        .stream("lines", Consumed::with(utf8(), utf8()))
        .group_by(|_, word: &String| word.clone(), Grouped::with(utf8(), utf8()))
        .count(Materialized::named_with("counts", u64_be()));
    builder.build().unwrap()
}

pub(crate) fn words(from: usize, to: usize) -> Vec<(String, String, i64)> {
    (from..to).map(|n| (format!("key-{}", n % 37), format!("word-{}", n * n % 101), n as i64)).collect()
}

pub(crate) fn expected(words: &[(String, String, i64)]) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    words.iter().for_each(|(_, word, _)| *counts.entry(word.clone()).or_insert(0) += 1);
    counts
}

pub(crate) fn produce(harness: &Harness, words: &[(String, String, i64)]) {
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
    assert!(application.stop(Duration::from_secs(10)));
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
fn what_is_processed_of_a_repartition_topic_is_deleted_and_nothing_else() {
    let harness = Harness::new(&["lines"]);
    let all = words(0, 4_000);
    let topology = word_count();
    let mut topic = None;
    for part in all.chunks(2_000) {
        produce(&harness, part);
        let application = harness.start(&topology, 2);
        settle(&application);
        let topics = harness.log.topics().unwrap();
        let name = topics.into_iter().map(|info| info.name).find(|name| name.ends_with("-repartition")).unwrap();
        soon(|| harness.read(&name).is_empty());
        topic = Some(name);
    }
    let application = harness.start(&topology, 1);
    settle(&application);
    assert_eq!(rows(&application, "counts", &utf8(), &u64_be()), expected(&all));
    let ranges = |name: &Arc<str>| {
        let partitions: Vec<_> = (0..PARTITIONS).map(|number| TopicPartition::new(Arc::clone(name), number)).collect();
        harness.log.offsets(&partitions).unwrap()
    };
    assert!(ranges(&topic.unwrap()).iter().all(|range| range.start > 0));
    assert_eq!(harness.read("lines").len(), 4_000, "source topics are the shop's");
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

/// The last word of each key, and how many keys have it; the topic of the words stands in for the table's changelog.
fn keys_by_last_word() -> Topology {
    let optimization = Optimization { reuse_source_topics: true, ..Optimization::default() };
    let builder = StreamsBuilder::with_config(TopologyConfig { optimization, ..TopologyConfig::default() });
    builder
        .table("lines", Consumed::with(utf8(), utf8()), Materialized::named_with("last", utf8()))
        .group_by(|key, word| (word.clone(), key.clone()), Grouped::with(utf8(), utf8()))
        .count(Materialized::named_with("keys", u64_be()));
    builder.build().unwrap()
}

#[test]
fn a_table_on_its_source_topic_is_restored_as_far_as_it_was_processed() {
    let harness = Harness::new(&["lines"]);
    let topology = keys_by_last_word();
    let all = words(0, 1_000);
    produce(&harness, &all[..600]);
    harness.produce("lines", [("torn", Some(&[0xff][..]), 1)]);
    let application = harness.start(&topology, 2);
    settle(&application);
    assert!(application.stop(Duration::from_secs(10)));
    drop(application);

    for (lost, until) in [(true, 800), (false, 1_000)] {
        // What comes while nobody processes changes words the table has not given up yet.
        produce(&harness, &all[until - 200..until]);
        if lost {
            std::fs::remove_dir_all(harness.state_dir()).unwrap();
        }
        let application = harness.start(&topology, 2);
        settle(&application);
        let last: BTreeMap<String, String> =
            all[..until].iter().map(|(key, word, _)| (key.clone(), word.clone())).collect();
        let mut keys = BTreeMap::new();
        last.values().for_each(|word| *keys.entry(word.clone()).or_insert(0) += 1);
        assert_eq!(rows(&application, "last", &utf8(), &utf8()), last);
        let mut counted = rows(&application, "keys", &utf8(), &u64_be());
        counted.retain(|_, count| *count > 0);
        assert_eq!(counted, keys, "state lost: {lost}");
        assert_eq!(application.restore_progress().total().total > 0, lost, "what is on disk is not read again");
        assert!(application.stop(Duration::from_secs(10)));
    }
}

#[test]
fn a_corrupt_file_is_set_aside_and_the_state_restored() {
    let harness = Harness::new(&["lines"]);
    let all = words(0, 3_000);
    let topology = word_count();
    produce(&harness, &all);
    // The second start writes what the first left in its write-ahead log into table files.
    for _ in 0..2 {
        let application = harness.start(&topology, 2);
        settle(&application);
    }
    let corrupted = corrupt_tables(&harness.state_dir());
    assert!(corrupted > 0, "there must be something to corrupt");

    let application = harness.start(&topology, 2);
    let deadline = Instant::now() + Duration::from_secs(30);
    // A query meets the damage first: it gets an error, never a wrong value, and the engine repairs what it met.
    while try_rows(&application, "counts", &utf8(), &u64_be()) != Ok(expected(&all)) {
        assert!(Instant::now() < deadline, "not repaired");
        std::thread::yield_now();
    }
    assert!(set_aside(&harness) > 0, "the damaged directories are kept for a person to look at");
}

/// State directories that were set aside.
pub(crate) fn set_aside(harness: &Harness) -> usize {
    let names = std::fs::read_dir(harness.state_dir()).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_string_lossy().contains("damaged")).count()
}

/// Flips bytes in the middle of every table file below `dir`.
fn corrupt_tables(dir: &std::path::Path) -> usize {
    let mut corrupted = 0;
    for entry in std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            corrupted += corrupt_tables(&entry);
        } else if entry.extension().is_some_and(|extension| extension == "sst") {
            let mut bytes = std::fs::read(&entry).unwrap();
            bytes.iter_mut().take(200).for_each(|byte| *byte ^= 0x55);
            std::fs::write(&entry, bytes).unwrap();
            corrupted += 1;
        }
    }
    corrupted
}
