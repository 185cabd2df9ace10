//! The brokers as a whole: which topics there are, and how far each partition goes.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::ClientContext;
use rdkafka::admin::AdminClient;
use rdkafka::client::Client;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use tillstream_topology::TopicPartition;

use super::asking::Asking;
use super::context::Context;
use super::ending::Ending;
use super::meeting::Meeting;
use super::options::KafkaOptions;
use super::{failure, settings};
use crate::log::LogError;

/// Longest name of a topic, in characters.
const LONGEST_NAME: usize = 249;
/// Asked about when any answer will do: the shortest is about one topic.
const NO_TOPIC: &str = "tillstream";
/// How often a client that failed is asked for what it complained about.
const COMPLAINTS: u32 = 10;
/// Time between two questions to brokers of which one may be behind the others.
pub(super) const AGAIN: Duration = Duration::from_millis(20);

/// What all readers, writers and members of a log share.
pub(super) struct Cluster {
    pub(super) options: KafkaOptions,
    pub(super) admin: Asking<AdminClient<Context>>,
    /// Sees what is committed.
    pub(super) inquirer: Asking<BaseConsumer<Context>>,
    /// Sees what is written.
    pub(super) uncommitted: Asking<BaseConsumer<Context>>,
    /// See what a group has committed; the newest last.
    pub(super) group_inquirers: Mutex<VecDeque<(String, Arc<BaseConsumer<Context>>)>>,
    /// Where threads meet before they join a group.
    pub(super) meeting: Meeting,
    /// When what writers that are gone left open was ended, by transactional id.
    departed: Mutex<BTreeMap<String, Arc<Mutex<Option<Instant>>>>>,
    /// Number of partitions of each topic asked for so far; it never changes while a topology runs on it.
    partitions: Mutex<BTreeMap<Arc<str>, u32>>,
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Cluster").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Cluster {
    /// Connects, and asks a first question to be sure that somebody answers.
    pub(super) fn connect(options: KafkaOptions) -> Result<Self, LogError> {
        options.check()?;
        settings::check(&options)?;
        let config = settings::inquirer(&options);
        let mut reading_all = config.clone();
        reading_all.set("isolation.level", "read_uncommitted");
        let inquirer = Asking::new(config.clone()).map_err(|error| failure::bad_setting(&error))?;
        let admin = Asking::new(config).map_err(|error| failure::bad_setting(&error))?;
        let uncommitted = Asking::new(reading_all).map_err(|error| failure::bad_setting(&error))?;
        let (group_inquirers, meeting, departed, partitions) = Default::default();
        let cluster = Self { options, admin, inquirer, uncommitted, group_inquirers, meeting, departed, partitions };
        let first = cluster.inquirer.client();
        let Err(error) = cluster.connect_now(first.client()) else { return Ok(cluster) };
        // What the client complained about meanwhile, a refused password for one, comes as an event, a moment later.
        for _ in 0..COMPLAINTS {
            let _ = first.poll(Duration::from_millis(20));
            if let Some(detail) = first.context().take_complaint() {
                return Err(LogError::Unreachable { servers: cluster.options.bootstrap_servers, detail });
            }
        }
        Err(cluster.failed("connect", &error))
    }

    /// Number of partitions of `topic`; `None` when there is no such topic.
    pub(super) fn partitions(&self, topic: &str) -> Result<Option<u32>, LogError> {
        if let Some(known) = self.known().get(topic) {
            return Ok(Some(*known));
        }
        if !is_name(topic) {
            return Ok(None);
        }
        let count = self.ask_partitions(topic)?;
        if let Some(count) = count {
            self.known().insert(topic.into(), count);
        }
        Ok(count)
    }

    /// # Errors
    /// [`LogError::UnknownTopic`] when there is no such partition.
    pub(super) fn check(&self, partition: &TopicPartition) -> Result<(), LogError> {
        match self.partitions(&partition.topic)? {
            Some(count) if partition.partition < count => Ok(()),
            _ => Err(LogError::UnknownTopic(partition.clone())),
        }
    }

    /// All topics that are not the brokers' own, with their numbers of partitions.
    pub(super) fn topics(&self) -> Result<BTreeMap<Arc<str>, u32>, LogError> {
        let action = "list the topics";
        let metadata = self.inquirer.client().fetch_metadata(None, self.options.request_timeout);
        let metadata = metadata.map_err(|error| self.failed(action, &error))?;
        let topics =
            metadata.topics().iter().filter(|topic| topic.error().is_none() && !topic.name().starts_with("__"));
        let topics: BTreeMap<Arc<str>, u32> =
            topics.map(|topic| (topic.name().into(), topic.partitions().len() as u32)).collect();
        self.known().clone_from(&topics);
        Ok(topics)
    }

    /// Has brokers asked about `topic` again.
    pub(super) fn forget(&self, topic: &str) {
        self.known().remove(topic);
    }

    /// Has a new client ask a question, since that connects at once: by itself it may be a second late, when its thread is
    /// quicker than the one that tells it of the brokers.
    pub(super) fn connect_now<C: ClientContext>(&self, client: &Client<C>) -> Result<(), KafkaError> {
        client.fetch_metadata(Some(NO_TOPIC), self.options.request_timeout).map(drop)
    }

    /// Has a client learn who leads the partitions of `topic`: by itself it looks for the leaders of topics that are new to it
    /// once a second.
    pub(super) fn introduce<C: ClientContext>(&self, client: &Client<C>, topic: &str) -> Result<(), LogError> {
        let learned = client.fetch_metadata(Some(topic), self.options.request_timeout);
        learned.map(drop).map_err(|error| self.failed(&format!("find who has topic {topic}"), &error))
    }

    /// Waits until a broker knows `topic` with `partitions` partitions: right after its creation some do not.
    pub(super) fn await_topic(&self, topic: &str, partitions: u32) -> Result<(), LogError> {
        let deadline = Instant::now() + self.options.request_timeout;
        while self.partitions(topic)?.is_none_or(|found| found < partitions) {
            if Instant::now() > deadline {
                return Err(failure::refused(
                    &format!("show the new topic {topic}"),
                    "it was created and did not appear",
                ));
            }
            std::thread::park_timeout(AGAIN);
        }
        Ok(())
    }

    /// Names of all groups, sorted.
    pub(super) fn group_names(&self) -> Result<Vec<Arc<str>>, LogError> {
        let list = self.inquirer.client().fetch_group_list(None, self.options.request_timeout);
        let list = list.map_err(|error| self.failed("list the groups", &error))?;
        let mut names: Vec<Arc<str>> = list.groups().iter().map(|group| group.name().into()).collect();
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }

    /// The partition that is always there for offsets of `group`: that of its first task.
    pub(super) fn tasks_of(&self, group: &str) -> TopicPartition {
        TopicPartition::new(format!("{group}-tasks").as_str(), 0)
    }

    /// When what a writer that is gone left open was ended last.
    pub(super) fn departed(&self, transactional_id: &str) -> Arc<Mutex<Option<Instant>>> {
        let mut all = self.departed.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(transactional_id.to_owned()).or_default())
    }

    pub(super) fn failed(&self, action: &str, error: &KafkaError) -> LogError {
        self.unanswered(failure::of_call(&self.options, action, error))
    }

    /// Replaces the clients that ask questions if this is what they got for an answer: nothing.
    pub(super) fn unanswered(&self, error: LogError) -> LogError {
        if error.is_retriable() && self.inquirer.renew() {
            tracing::debug!(%error, "asking by new clients");
            self.uncommitted.renew();
            self.admin.renew();
            let mut groups = self.group_inquirers.lock().unwrap_or_else(PoisonError::into_inner);
            groups.drain(..).for_each(|(_, client)| drop(Ending::unwatched(client)));
        }
        error
    }

    fn ask_partitions(&self, topic: &str) -> Result<Option<u32>, LogError> {
        let action = format!("look up topic {topic}");
        let metadata = self.inquirer.client().fetch_metadata(Some(topic), self.options.request_timeout);
        let metadata = metadata.map_err(|error| self.failed(&action, &error))?;
        let Some(found) = metadata.topics().iter().find(|found| found.name() == topic) else { return Ok(None) };
        match found.error().map(Code::from) {
            None | Some(Code::LeaderNotAvailable) => {
                Ok(Some(found.partitions().len() as u32).filter(|count| *count > 0))
            }
            Some(Code::UnknownTopicOrPartition | Code::UnknownTopic | Code::UnknownPartition) => Ok(None),
            Some(code) => Err(failure::of_code(&self.options, &action, code)),
        }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, BTreeMap<Arc<str>, u32>> {
        self.partitions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Partition number as librdkafka wants it. Brokers number partitions in 31 bits.
pub(super) fn number(partition: &TopicPartition) -> i32 {
    i32::try_from(partition.partition).unwrap_or(i32::MAX)
}

/// Whether brokers could know a topic of this name. librdkafka takes C strings, so that others must not reach it.
pub(super) fn is_name(topic: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    !topic.is_empty() && topic.len() <= LONGEST_NAME && topic.bytes().all(allowed)
}
