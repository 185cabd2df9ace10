//! Everything that runs: the brokers, two instances, the producer and the watcher.

use std::time::{Duration, Instant};

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use tempfile::TempDir;
use tillstream_kafka_broker::{Broker, Jars, Node};
use tillstream_runtime::lag;
use tillstream_runtime::log::kafka::KafkaLog;
use tillstream_runtime::log::{Log, LogError, TopicPartition, TopicSpec};

use super::claims::{self, Claim};
use super::events::{Event, PARTITIONS};
use super::feed::Feed;
use super::instance::Instance;
use super::offline::{Counts, Sums};
use super::plan::{Fault, SILENCE};
use super::results;
use super::topology::{BY_WORD, COUNTED, DEAD_LETTERS, EVENTS};
use super::watcher::{Watched, Watcher};
use crate::harness::{FOR_EVER, PATIENCE, options, pause};

const APP: &str = "chaos";
const NAMES: [&str; 2] = ["a", "b"];

/// The instances come first: they are gone before their broker and their directory.
pub(crate) struct Deployment {
    instances: [Instance; 2],
    feed: Feed,
    watcher: Watcher,
    log: KafkaLog,
    broker: Broker,
    _dir: TempDir,
}

/// What a run left behind.
pub(crate) struct Run {
    /// Numbers of the events that the producer knows to be written.
    pub(crate) acknowledged: Vec<u64>,
    /// The events of the source topic.
    pub(crate) events: Vec<Event>,
    pub(crate) watched: Watched,
    pub(crate) counts: Counts,
    pub(crate) sums: Sums,
    /// Commits of each task, in their order.
    pub(crate) claims: Vec<Vec<Claim>>,
    /// Commits whose answer was lost.
    pub(crate) in_doubt: usize,
}

impl Deployment {
    /// `None` where there is no broker.
    pub(crate) fn start(seed: u64, brokers: usize) -> Option<Self> {
        let broker = Broker::or_skip(Broker::start_cluster(brokers))?;
        let dir = tempfile::tempdir().unwrap();
        let log = KafkaLog::connect(options(&broker)).unwrap();
        let topics = [EVENTS, COUNTED, DEAD_LETTERS];
        let specs = topics.map(|name| TopicSpec { name: name.into(), partitions: PARTITIONS, policy: FOR_EVER });
        log.create_topics(&specs).unwrap();
        let instances = NAMES.map(|name| Instance::start(broker.bootstrap(), APP, name, dir.path()));
        let feed = Feed::start(broker.bootstrap(), seed);
        let watcher = Watcher::start(broker.bootstrap());
        let mut deployment = Self { instances, feed, watcher, log, broker, _dir: dir };
        deployment.wait_until("both instances have tasks", super::RECOVERY, |deployment| {
            let owners = deployment.owners();
            NAMES.iter().all(|name| owners.iter().any(|owner| owner.starts_with(name)))
        });
        Some(deployment)
    }

    /// Lets a fault happen, and end.
    pub(crate) fn strike(&mut self, fault: &Fault) {
        match *fault {
            Fault::Kill { victim, away } => {
                self.instances[victim].kill();
                pause(away);
                self.instances[victim].start_again();
            }
            Fault::Stop { victim, away } => {
                self.instances[victim].stop();
                pause(away);
                self.instances[victim].start_again();
            }
            Fault::Freeze { victim, frozen } => self.freeze(victim, frozen),
            Fault::RestartBroker { node } => self.healthy_node(node).restart().unwrap(),
            Fault::KillBroker { node } => {
                let node = self.healthy_node(node);
                node.kill();
                node.restart().unwrap();
            }
            Fault::FreezeBroker { node } => {
                let node = self.healthy_node(node);
                node.pause().unwrap();
                pause(SILENCE);
                node.resume().unwrap();
            }
        }
    }

    /// A broker, once the others could take its place: a partition whose only replica in sync goes away has no leader, and then the
    /// brokers themselves end transactions in parts.
    fn healthy_node(&mut self, number: usize) -> &Node {
        self.wait_until("all replicas in sync", super::RECOVERY, |deployment| in_sync(&deployment.broker));
        &self.broker.nodes().unwrap()[number]
    }

    fn freeze(&mut self, victim: usize, frozen: Duration) {
        let victim_owned = |deployment: &Self| {
            let owner = deployment.instances[victim].owner(NAMES[victim]);
            deployment.owners().iter().filter(|known| **known == owner).count()
        };
        self.wait_until("the victim has tasks", super::RECOVERY, |deployment| victim_owned(deployment) > 0);
        self.instances[victim].signal("STOP");
        pause(frozen);
        self.wait_until("its tasks are taken over", super::RECOVERY, |deployment| victim_owned(deployment) == 0);
        self.instances[victim].signal("CONT");
    }

    /// Waits until the watcher has seen `count` more records.
    pub(crate) fn await_progress(&mut self, count: u64, patience: Duration) {
        let wanted = self.watcher.total() + count;
        self.wait_until("progress", patience, |deployment| deployment.watcher.total() >= wanted);
    }

    /// Stops the producer, waits until everything is processed, stops the instances and gathers what is left.
    pub(crate) fn finish(self, patience: Duration) -> Run {
        // Dropped in reverse: the instances are gone before their broker and their directory.
        let Self { _dir, broker, log, watcher, feed, mut instances } = self;
        let acknowledged = feed.finish();
        let deadline = Instant::now() + patience;
        loop {
            let (lag, total) = (lag(&log), results::length(&log, EVENTS));
            if matches!((&lag, &total), (Ok(0), Ok(total)) if watcher.total() >= *total) {
                break;
            }
            instances.iter_mut().for_each(Instance::check);
            if Instant::now() > deadline {
                let (Watched { total: seen, next, faults, .. }, ends) =
                    (watcher.watched(), results::ends(&log, COUNTED));
                let told = format!("{seen} of {total:?} seen, up to {next:?} of {ends:?}, {faults:?}");
                let last = |mut claims: Vec<Claim>| claims.pop();
                let claims = claims::read(&log, APP).map(|tasks| tasks.into_iter().map(last).collect::<Vec<_>>());
                panic!("lag {lag:?}, {told}, {claims:?}; {}", transactions(&broker));
            }
            std::thread::park_timeout(Duration::from_millis(100));
        }
        instances.iter_mut().for_each(Instance::stop);
        Run {
            in_doubt: instances.iter().map(Instance::in_doubt).sum(),
            acknowledged,
            events: results::events(&log),
            watched: watcher.finish(),
            counts: results::counts(&log, APP),
            sums: results::sums(&log, APP),
            claims: claims::read(&log, APP).unwrap(),
        }
    }

    /// Who committed each task last.
    fn owners(&self) -> Vec<String> {
        let Ok(claims) = claims::read(&self.log, APP) else { return Vec::new() };
        claims.iter().filter_map(|claims| Some(claims.last()?.owner.clone())).collect()
    }

    fn wait_until(&mut self, what: &str, patience: Duration, mut done: impl FnMut(&Self) -> bool) {
        let deadline = Instant::now() + patience;
        while !done(self) {
            self.instances.iter_mut().for_each(Instance::check);
            if Instant::now() > deadline {
                panic!("{what}: not in time; {} seen; {}", self.watcher.total(), transactions(&self.broker));
            }
            std::thread::park_timeout(Duration::from_millis(100));
        }
    }
}

/// Whether every replica of every partition has what its leader has.
fn in_sync(broker: &Broker) -> bool {
    let client: BaseConsumer = ClientConfig::new().set("bootstrap.servers", broker.bootstrap()).create().unwrap();
    let Ok(metadata) = client.fetch_metadata(None, PATIENCE) else { return false };
    let mut partitions = metadata.topics().iter().flat_map(|topic| topic.partitions());
    partitions.all(|partition| partition.isr().len() == partition.replicas().len())
}

/// What the broker knows of transactions and committed offsets, for whoever has to find out why nothing moves.
fn transactions(broker: &Broker) -> String {
    let Ok(jars) = Jars::fetch() else { return String::new() };
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/kafka/Transactions.java");
    let output = jars.java("-Xmx128m").args([source, broker.bootstrap(), APP, EVENTS, COUNTED]).output().unwrap();
    [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat()
}

/// Records that are not committed yet.
fn lag(log: &KafkaLog) -> Result<u64, LogError> {
    let by_word = format!("{APP}-{BY_WORD}-repartition");
    let inputs: Vec<_> = [EVENTS, &by_word]
        .iter()
        .flat_map(|topic| (0..PARTITIONS).map(|partition| TopicPartition::new(*topic, partition)))
        .collect();
    let groups = lag::all_groups_and(log, APP, &inputs)?;
    let own = groups.iter().filter(|group| &*group.group == APP).flat_map(|group| &group.partitions);
    Ok(own.map(lag::PartitionLag::lag).sum())
}
