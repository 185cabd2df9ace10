//! What the tests share: the broker, topics of their own, short ways to write and to read.

use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tillstream_kafka_broker::Broker;
use tillstream_runtime::log::kafka::{KafkaLog, KafkaOptions};
use tillstream_runtime::log::{
    Append, CleanupPolicy, Fetched, Join, Log, LogError, LogReader, LogWriter, PartitionOffset, RawRecord,
    TopicPartition, TopicSpec,
};
use tillstream_runtime::metrics::EngineMetrics;
use tillstream_runtime::{Application, Neighbours, Options, Peers, SystemClock, TaskId};
use tillstream_stores::rocks::Resources;
use tillstream_stores::{Headers, Question, RemoteState, u64_be, utf8};
use tillstream_topology::{Consumed, Grouped, Materialized, StreamsBuilder, Topology};

pub(crate) const FOR_EVER: CleanupPolicy = CleanupPolicy::Delete { retention_ms: None };
/// Longer than anything takes that does not hang.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Options with times short enough for tests.
pub(crate) fn options(broker: &Broker) -> KafkaOptions {
    KafkaOptions { session_timeout: Duration::from_secs(6), ..KafkaOptions::new(broker.bootstrap()) }
}

/// A connection to the broker all tests share; `None` where there is none.
pub(crate) fn connect() -> Option<KafkaLog> {
    Some(KafkaLog::connect(options(Broker::shared()?)).unwrap())
}

/// Waits until no other test takes all cores for long, or measures how long tasks stand still: one would fail the other.
pub(crate) fn take_turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A name nobody used before.
pub(crate) fn unique(name: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{name}-{:x}-{count}", RandomState::new().hash_one(count))
}

/// A new topic.
pub(crate) fn topic(log: &KafkaLog, partitions: u32) -> Arc<str> {
    let name: Arc<str> = unique("topic").into();
    log.create_topics(&[TopicSpec { name: Arc::clone(&name), partitions, policy: FOR_EVER }]).unwrap();
    name
}

/// The one partition of a new topic.
pub(crate) fn partition(log: &KafkaLog) -> TopicPartition {
    TopicPartition::new(topic(log, 1), 0)
}

pub(crate) fn put(writer: &mut dyn LogWriter, partition: &TopicPartition, value: &str) -> Result<(), LogError> {
    put_row(writer, partition, ("k", value))
}

fn put_row(writer: &mut dyn LogWriter, partition: &TopicPartition, (key, value): (&str, &str)) -> Result<(), LogError> {
    writer.append(Append {
        topic: &partition.topic,
        partition: partition.partition,
        key: Some(key.as_bytes()),
        value: Some(value.as_bytes()),
        timestamp: 1_000,
        headers: &Headers::default(),
    })
}

/// Commits `values` as one transaction.
pub(crate) fn commit(log: &KafkaLog, partition: &TopicPartition, values: &[&str]) {
    commit_rows(log, partition, values.iter().map(|value| ("k", *value)));
}

/// Commits keys and values as one transaction.
pub(crate) fn commit_rows<'a>(
    log: &KafkaLog,
    partition: &TopicPartition,
    rows: impl IntoIterator<Item = (&'a str, &'a str)>,
) {
    let mut writer = log.writer(&unique("writer")).unwrap();
    for row in rows {
        put_row(&mut *writer, partition, row).unwrap();
    }
    writer.commit().unwrap();
    log.settled_offsets(std::slice::from_ref(partition)).unwrap();
}

pub(crate) fn next(partition: &TopicPartition, offset: i64) -> PartitionOffset {
    PartitionOffset { partition: partition.clone(), offset }
}

pub(crate) fn end(log: &KafkaLog, partition: &TopicPartition) -> i64 {
    log.offsets(std::slice::from_ref(partition)).unwrap()[0].end
}

/// Polls until the reader stands at `end` in `partition`; answers what it brought of it.
pub(crate) fn read_to(reader: &mut dyn LogReader, partition: &TopicPartition, end: i64) -> Vec<RawRecord> {
    let deadline = Instant::now() + PATIENCE;
    let mut records = Vec::new();
    let mut position = -1;
    while position < end {
        assert!(Instant::now() < deadline, "{partition} stands at {position}, not {end}; {} records", records.len());
        for part in reader.poll(Duration::from_millis(200)).unwrap() {
            assert!(part.end_offset >= part.next_offset, "{part:?}");
            assert_eq!(part.partition, *partition);
            position = part.next_offset;
            records.extend(part.records);
        }
    }
    records
}

/// All committed records of `partition`.
pub(crate) fn read(log: &KafkaLog, partition: &TopicPartition) -> Vec<RawRecord> {
    let range = log.settled_offsets(std::slice::from_ref(partition)).unwrap()[0];
    if range.start == range.end {
        return Vec::new();
    }
    let mut reader = log.reader().unwrap();
    reader.assign(partition, range.start).unwrap();
    read_to(&mut *reader, partition, range.end)
}

/// Everything the reader brings within `time`.
pub(crate) fn poll_for(reader: &mut dyn LogReader, time: Duration) -> Vec<Fetched> {
    let deadline = Instant::now() + time;
    let mut all = Vec::new();
    while Instant::now() < deadline {
        all.extend(reader.poll(Duration::from_millis(50)).unwrap());
    }
    all
}

pub(crate) fn values(records: &[RawRecord]) -> Vec<&str> {
    records.iter().map(|record| std::str::from_utf8(record.value.as_deref().unwrap()).unwrap()).collect()
}

pub(crate) fn member(group: &str, tasks: u32, instance: &str) -> Join {
    Join { group: group.to_owned(), tasks, thread: 0, threads: 1, instance: instance.to_owned() }
}

/// Waits until `done`.
pub(crate) fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < deadline, "{what} did not happen");
        std::thread::park_timeout(Duration::from_millis(10));
    }
}

/// Counts the records of each key in the store "counts": one task for each partition of `topic`.
pub(crate) fn count_by_key(topic: &str) -> Topology {
    let builder = StreamsBuilder::new();
    builder
        .stream(topic, Consumed::with(utf8(), utf8()))
        .group_by_key(Grouped::with(utf8(), utf8()))
        .count(Materialized::named_with("counts", u64_be()));
    builder.build().unwrap()
}

/// Runs an application as a process of its own would.
pub(crate) fn start(topology: &Topology, log: Arc<dyn Log>, options: Options) -> Application {
    let metrics = EngineMetrics::new(&prometheus::Registry::new()).unwrap();
    Application::start(topology, log, Resources::new(32 << 20, 40, 128), Arc::new(SystemClock), metrics, options)
        .unwrap()
}

/// Options of the instance `name` of several, which can be told by it who did what. Its state is in a directory of that name.
pub(crate) fn instance_options(app: &str, name: &str, dir: &Path) -> Options {
    Options {
        application_id: app.to_owned(),
        instance: name.to_owned(),
        neighbours: Some(Neighbours { advertised: format!("{name}:1"), peers: Arc::new(Nobody) }),
        state_dir: Some(dir.join(name)),
        threads: 1,
        ..Options::default()
    }
}

/// Lets `time` pass, all of it.
pub(crate) fn pause(time: Duration) {
    let deadline = Instant::now() + time;
    while let Some(left) = deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
        std::thread::park_timeout(left);
    }
}

/// Nobody asks the other instances anything.
#[derive(Debug)]
pub(crate) struct Nobody;

impl Peers for Nobody {
    fn state(&self, _address: &str, _task: TaskId) -> Arc<dyn RemoteState> {
        Arc::new(Self)
    }
}

impl RemoteState for Nobody {
    fn ask(&self, _question: &Question) -> Result<Vec<u8>, String> {
        Err("nobody is asked here".to_owned())
    }
}
