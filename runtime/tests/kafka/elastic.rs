//! Instances that come and go: the tasks that stay where they are go on.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use serde::Deserialize;
use tillstream_runtime::log::kafka::KafkaLog;
use tillstream_runtime::log::{Append, Log, TopicPartition};
use tillstream_runtime::{Application, Options};
use tillstream_stores::Headers;

use super::harness::*;

const PARTITIONS: u32 = 12;
const NAMES: [&str; 3] = ["one", "two", "three"];
/// Time between two changes.
const EVERY: Duration = Duration::from_secs(5);
/// Time between two rounds of records, one for each partition.
const PACE: Duration = Duration::from_millis(50);
/// Longest that a task which does not move may go without a commit, ms.
const STANDSTILL: i64 = 3_000;

/// Writes a record into each partition again and again; the key is the partition's number.
struct Feed {
    stop: Arc<AtomicBool>,
    rounds: JoinHandle<u64>,
}

impl Feed {
    fn start(log: &KafkaLog, topic: &Arc<str>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, topic) = (Arc::clone(&stop), Arc::clone(topic));
        let mut writer = log.writer(&unique("feed")).unwrap();
        let rounds = std::thread::spawn(move || {
            let (mut rounds, headers) = (0, Headers::default());
            while !stopped.load(Ordering::Relaxed) {
                for partition in 0..PARTITIONS {
                    let key = partition.to_string();
                    let (key, value, timestamp) = (Some(key.as_bytes()), Some(&b"v"[..]), 1_000 + rounds as i64);
                    let topic = &topic;
                    writer.append(Append { topic, partition, key, value, timestamp, headers: &headers }).unwrap();
                }
                writer.commit().unwrap();
                rounds += 1;
                std::thread::park_timeout(PACE);
            }
            rounds
        });
        Self { stop, rounds }
    }

    /// How many records each partition has got.
    fn finish(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        self.rounds.join().unwrap()
    }
}

/// Who committed a task, as its progress tells.
#[derive(Deserialize)]
struct Commit {
    owner: String,
}

/// Owner and time of each commit of a task.
fn commits(log: &KafkaLog, app: &str, task: u32) -> Vec<(String, i64)> {
    let records = read(log, &TopicPartition::new(format!("{app}-task-progress").as_str(), task));
    let owner = |value: &[u8]| serde_json::from_slice::<Commit>(value).unwrap().owner;
    records.iter().map(|record| (owner(record.value.as_deref().unwrap()), record.timestamp)).collect()
}

/// Whether each of the instances works on a third of the tasks.
fn is_shared_out(log: &KafkaLog, app: &str) -> bool {
    let owners = (0..PARTITIONS).filter_map(|task| Some(commits(log, app, task).last()?.0.clone()));
    let shares = owners.fold(BTreeMap::<String, usize>::new(), |mut shares, owner| {
        *shares.entry(owner).or_default() += 1;
        shares
    });
    shares.len() == NAMES.len() && shares.values().all(|share| *share == PARTITIONS as usize / NAMES.len())
}

/// The longest time between two commits of one owner, one after the other.
fn longest_standstill(commits: &[(String, i64)]) -> i64 {
    assert!(!commits.is_empty(), "a task has no commits");
    let stayed = commits.windows(2).filter(|pair| pair[0].0 == pair[1].0);
    stayed.map(|pair| pair[1].1 - pair[0].1).max().unwrap_or(0)
}

/// The newest counts, by key.
fn counts(log: &KafkaLog, app: &str) -> BTreeMap<Vec<u8>, u64> {
    let changelog = format!("{app}-counts-changelog");
    let rows = (0..PARTITIONS).flat_map(|partition| read(log, &TopicPartition::new(changelog.as_str(), partition)));
    rows.map(|row| {
        let value = row.value.unwrap();
        (row.key.unwrap().to_vec(), u64::from_be_bytes(value[value.len() - 8..].try_into().unwrap()))
    })
    .collect()
}

#[test]
fn tasks_that_stay_never_stop_for_long_while_instances_come_and_go() {
    let Some(log) = connect() else { return };
    let _turn = take_turn();
    let rounds = if std::env::var_os("TILLSTREAM_SOAK").is_some() { 12 } else { 2 };
    let (dir, app) = (tempfile::tempdir().unwrap(), unique("app"));
    let source = topic(&log, PARTITIONS);
    let join = |name: &&str| {
        let options = Options { dead_letter_topic: Arc::clone(&source), ..instance_options(&app, name, dir.path()) };
        start(&count_by_key(&source), Arc::new(log.clone()), options)
    };
    let feed = Feed::start(&log, &source);
    let mut instances: Vec<Application> = NAMES.iter().map(join).collect();
    wait_until("the tasks are shared out", || is_shared_out(&log, &app));
    for _ in 0..rounds {
        let stop = |one: Application| std::thread::spawn(move || one.stop(PATIENCE));
        let stopping: Vec<_> = instances.drain(1..).map(stop).collect();
        stopping.into_iter().for_each(|stopped| assert!(stopped.join().unwrap(), "it must stop in time"));
        pause(EVERY);
        instances.extend(NAMES[1..].iter().map(join));
        pause(EVERY);
    }
    let written = feed.finish();
    let expected: BTreeMap<Vec<u8>, u64> = (0..PARTITIONS).map(|key| (key.to_string().into_bytes(), written)).collect();
    wait_until("all is counted", || counts(&log, &app) == expected);
    instances.into_iter().for_each(|one| assert!(one.stop(PATIENCE)));
    let standstills: Vec<i64> = (0..PARTITIONS).map(|task| longest_standstill(&commits(&log, &app, task))).collect();
    eprintln!(
        "{} records, longest time without a commit by task, ms: {standstills:?}",
        written * u64::from(PARTITIONS)
    );
    assert!(standstills.iter().all(|longest| *longest <= STANDSTILL), "{standstills:?}");
}
