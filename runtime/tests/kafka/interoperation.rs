//! The Java client and Kafka Streams on the other side: transactions of theirs are read, and what the engine keeps in the
//! brokers is what Kafka Streams would have written.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use tillstream_kafka_broker::{Broker, Jars};
use tillstream_runtime::log::kafka::KafkaLog;
use tillstream_runtime::log::{Log, TopicPartition};
use tillstream_runtime::metrics::EngineMetrics;
use tillstream_runtime::{Application, ManualClock, Options};
use tillstream_stores::rocks::Resources;
use tillstream_stores::{i64_be, u64_be, utf8};
use tillstream_topology::{Consumed, Grouped, Materialized, Repartitioned, StreamsBuilder, TimeWindows, Topology};

use super::harness::*;

/// Length of a window, ms.
const WINDOW: i64 = 500;
/// What Interoperate.java writes: transactions of so many records, every third of them aborted.
const TRANSACTIONS: usize = 6;
const RECORDS: usize = 50;

fn words(topic: &str) -> Topology {
    let builder = StreamsBuilder::new();
    let by_word = builder
        .stream(topic, Consumed::with(utf8(), utf8()))
        .select_key(|_, word: &String| word.clone())
        .repartition(Repartitioned::with(utf8(), utf8()).named("by-word"))
        .group_by_key(Grouped::with(utf8(), utf8()));
    by_word.count(Materialized::named_with("counts", u64_be()));
    by_word.windowed_by(TimeWindows::of_size(WINDOW).grace(0)).aggregate(
        || 0,
        |_, word, length| length + word.len() as i64,
        Materialized::named_with("lengths", i64_be()),
    );
    builder.build().unwrap()
}

/// What Kafka Streams must tell of it, worked out here.
fn expected() -> BTreeMap<String, String> {
    let mut told: BTreeMap<String, i64> = BTreeMap::new();
    let committed = (0..TRANSACTIONS * RECORDS).filter(|number| number / RECORDS % 3 != 2);
    for number in committed {
        let (word, start) = (format!("word-{}", number % 7), (1 + number as i64 * 10) / WINDOW * WINDOW);
        for (key, by) in [
            (format!("count {word}"), 1),
            (format!("again {word}"), 1),
            (format!("length {word} {start} {}", start + WINDOW), word.len() as i64),
        ] {
            *told.entry(key).or_default() += by;
        }
    }
    told.into_iter().map(|(key, value)| (key, value.to_string())).collect()
}

fn java(jars: &Jars, arguments: &[&str]) -> Command {
    let mut command = jars.java("-Xmx256m");
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/kafka/Interoperate.java")).args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::null());
    command
}

/// Killed with the test, whatever becomes of it.
struct Reader(Child);

impl Drop for Reader {
    fn drop(&mut self) {
        // An error says that it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Counts all words of `topic`. The clock stands still: nothing is deleted behind the engine's back while others read.
fn run(log: &KafkaLog, app: &str, topic: &str, dir: &Path) {
    let options = Options {
        application_id: app.to_owned(),
        state_dir: Some(dir.to_owned()),
        threads: 1,
        commit_interval_ms: 0,
        dead_letter_topic: topic.into(),
        ..Options::default()
    };
    let metrics = EngineMetrics::new(&prometheus::Registry::new()).unwrap();
    let (log, clock) = (Arc::new(log.clone()), Arc::new(ManualClock::default()));
    let application =
        Application::start(&words(topic), log, Resources::new(32 << 20, 40, 128), clock, metrics, options).unwrap();
    let all = (TRANSACTIONS * RECORDS * 2 / 3) as u64;
    wait_until("all is counted", || {
        application.query().ledger().get(topic).is_some_and(|entry| entry.consumed >= all)
            && application.pending().is_ok_and(|pending| pending == 0)
    });
    assert_eq!(application.query().ledger()[topic].consumed, all, "what was aborted is not read");
    assert!(application.stop(PATIENCE));
}

#[test]
fn kafka_streams_reads_what_the_engine_keeps_and_the_engine_what_java_writes() {
    let Some(broker) = Broker::shared() else { return };
    let Some(jars) = Broker::or_skip_with(Jars::fetch_with_streams()) else { return };
    let log = KafkaLog::connect(options(broker)).unwrap();
    let (dir, app, out) = (tempfile::tempdir().unwrap(), unique("app"), topic(&log, 1));
    let source = topic(&log, 2);
    let produced = java(&jars, &["produce", broker.bootstrap(), &source]).stderr(Stdio::piped()).output().unwrap();
    assert!(produced.status.success(), "{}", String::from_utf8_lossy(&produced.stderr));
    run(&log, &app, &source, &dir.path().join("engine"));

    let (state, window) = (dir.path().join("streams"), WINDOW.to_string());
    let arguments = ["read", broker.bootstrap(), &app, &out, state.to_str().unwrap(), &window];
    let mut reader = Reader(java(&jars, &arguments).spawn().unwrap());
    let mut told = BTreeMap::new();
    let expected = expected();
    let mut from = log.reader().unwrap();
    from.assign(&TopicPartition::new(Arc::clone(&out), 0), 0).unwrap();
    let deadline = std::time::Instant::now() + 3 * PATIENCE;
    while told != expected {
        assert_eq!(reader.0.try_wait().unwrap(), None, "Kafka Streams ended by itself");
        assert!(std::time::Instant::now() < deadline, "{told:?} instead of {expected:?}");
        for record in
            from.poll(std::time::Duration::from_millis(200)).unwrap().into_iter().flat_map(|part| part.records)
        {
            let text = |bytes: Option<bytes::Bytes>| String::from_utf8(bytes.unwrap().to_vec()).unwrap();
            told.insert(text(record.key), text(record.value));
        }
    }
    drop(reader.0.stdin.take());
    assert!(reader.0.wait().unwrap().success());
}
