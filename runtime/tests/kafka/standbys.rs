//! Whole applications on the broker: an instance for which no task is left runs all the same, keeps standbys, answers from
//! them, and takes over.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tillstream_runtime::log::kafka::KafkaLog;
use tillstream_runtime::log::{Log, TopicPartition};
use tillstream_runtime::{Application, ApplicationState, Options, StoreQuery};
use tillstream_stores::{SharedSerde, u64_be, utf8};
use tillstream_topology::{Consumed, Materialized, Optimization, StreamsBuilder, Topology, TopologyConfig};

use super::harness::*;

fn start_with_standbys(
    log: &KafkaLog,
    app: &str,
    topology: &Topology,
    topic: &str,
    name: &str,
    dir: &Path,
) -> Application {
    let options = Options {
        commit_interval_ms: 20,
        dead_letter_topic: topic.into(),
        standby_replicas: 1,
        ..instance_options(app, name, dir)
    };
    start(topology, Arc::new(log.clone()), options)
}

/// What `store` has for "k".
fn value<V: 'static>(query: &StoreQuery, store: &str, serde: SharedSerde<V>) -> Option<V> {
    let task = query.holder_of(store, b"k")?;
    let read = task.reader.snapshot(|snapshot| snapshot.key_value_view(store, utf8(), serde)?.get(&"k".to_owned()));
    read.ok()?.ok()?.map(|row| row.value)
}

/// How often "k" was counted.
fn count(query: &StoreQuery) -> Option<u64> {
    value(query, "counts", u64_be())
}

/// The last word of "k".
fn last(query: &StoreQuery) -> Option<String> {
    value(query, "last", utf8())
}

#[test]
fn an_instance_without_tasks_runs_keeps_standbys_and_takes_over() {
    let Some(log) = connect() else { return };
    let (dir, app) = (tempfile::tempdir().unwrap(), unique("app"));
    let source = TopicPartition::new(topic(&log, 1), 0);
    let topology = count_by_key(&source.topic);
    let begin = |name| start_with_standbys(&log, &app, &topology, &source.topic, name, dir.path());
    let one = begin("one");
    wait_until("the first has the task", || one.state() == ApplicationState::Running && one.query().tasks().len() == 1);
    let two = begin("two");
    let mut writer = log.writer(&unique("writer")).unwrap();
    for _ in 0..200 {
        put(&mut *writer, &source, "word").unwrap();
        writer.commit().unwrap();
    }
    wait_until("the second runs without a task", || two.state() == ApplicationState::Running);
    wait_until("all is counted", || count(one.query()) == Some(200));
    let stale = two.query().allowing_stale();
    wait_until("the standby has it all", || count(&stale) == Some(200));
    assert_eq!(count(two.query()), None, "the owner cannot be asked");
    assert!(stale.staleness().is_some());

    assert!(one.stop(PATIENCE));
    wait_until("the second has taken over", || count(two.query()) == Some(200));
    assert_eq!(stale.staleness(), None, "what is here is not stale");
    let (restored, changelog) = (two.restore_progress().total().total, format!("{app}-counts-changelog"));
    let length = end(&log, &TopicPartition::new(changelog.as_str(), 0)) as u64;
    assert!(restored * 10 < length, "{restored} of {length} were read again");
    commit(&log, &source, &["word"]);
    wait_until("it goes on", || count(two.query()) == Some(201));
    assert!(two.stop(PATIENCE));
}

/// The last word of each key, kept in a table for which its topic stands in as changelog. The word "held" is not done with
/// before the gate is open.
fn last_word(topic: &str, gate: &Arc<AtomicBool>) -> Topology {
    let gate = Arc::clone(gate);
    let optimization = Optimization { reuse_source_topics: true, ..Optimization::default() };
    let builder = StreamsBuilder::with_config(TopologyConfig { optimization, ..TopologyConfig::default() });
    let table = builder.table(topic, Consumed::with(utf8(), utf8()), Materialized::named_with("last", utf8()));
    table.to_stream().foreach(move |_, word| {
        while word.as_deref() == Some("held") && !gate.load(Ordering::Relaxed) {
            std::thread::park_timeout(Duration::from_millis(5));
        }
    });
    builder.build().unwrap()
}

#[test]
fn a_standby_follows_a_source_topic_as_far_as_its_owner_has_processed_it() {
    let Some(log) = connect() else { return };
    let (dir, app) = (tempfile::tempdir().unwrap(), unique("app"));
    let source = TopicPartition::new(topic(&log, 1), 0);
    let gate = Arc::<AtomicBool>::default();
    let topology = last_word(&source.topic, &gate);
    let begin = |name| start_with_standbys(&log, &app, &topology, &source.topic, name, dir.path());
    let one = begin("one");
    wait_until("the first has the task", || one.state() == ApplicationState::Running && one.query().tasks().len() == 1);
    let two = begin("two");
    wait_until("the second runs without a task", || two.state() == ApplicationState::Running);
    let stale = two.query().allowing_stale();
    for word in ["a", "b", "c"] {
        commit(&log, &source, &[word; 50]);
        wait_until("the owner has it", || last(one.query()).as_deref() == Some(word));
        wait_until("the standby has it", || last(&stale).as_deref() == Some(word));
    }
    commit(&log, &source, &["held"]);
    // Longer than the standby takes to look for more.
    std::thread::park_timeout(Duration::from_millis(1_500));
    assert_eq!(last(&stale).as_deref(), Some("c"), "it ran ahead of its owner");
    gate.store(true, Ordering::Relaxed);
    wait_until("the standby has it", || last(&stale).as_deref() == Some("held"));
    assert!(one.stop(PATIENCE));
    commit(&log, &source, &["d"]);
    wait_until("the second has taken over", || last(two.query()).as_deref() == Some("d"));
    let restored = two.restore_progress().total().total;
    assert!(restored < 50, "{restored} of 150 were read again");
    assert!(two.stop(PATIENCE));
}
