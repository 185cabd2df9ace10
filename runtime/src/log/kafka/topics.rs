//! Creating and describing topics, giving up old records.

use std::collections::BTreeMap;
use std::mem::discriminant;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::Offset;
use rdkafka::TopicPartitionList;
use rdkafka::admin::{
    AdminOptions, ConfigResource, NewTopic, OwnedResourceSpecifier, ResourceSpecifier, TopicReplication,
};
use rdkafka::error::RDKafkaErrorCode as Code;
use tillstream_topology::TopicPartition;

use super::cluster::{AGAIN, Cluster, is_name, number};
use super::failure;
use super::waiting::wait_for;
use crate::log::{CleanupPolicy, LogError, TopicInfo, TopicSpec};

/// Event times lie as far back as the shop's history: the brokers must not compare them with their clock.
const ANY_TIME: &str = "9223372036854775807";
/// Size of the files of compacted topics.
const SEGMENT_BYTES: &str = "52428800";
/// How long a broker may show a new topic and not its configuration.
const CONFIGURING: Duration = Duration::from_secs(1);

impl Cluster {
    pub(super) fn create_topics(&self, specs: &[TopicSpec]) -> Result<(), LogError> {
        let deadline = Instant::now() + CONFIGURING;
        loop {
            match self.create_missing(specs) {
                Err(LogError::TopicMismatch { .. }) if Instant::now() < deadline => std::thread::park_timeout(AGAIN),
                other => return other,
            }
        }
    }

    fn create_missing(&self, specs: &[TopicSpec]) -> Result<(), LogError> {
        let mut existing = self.topics()?;
        existing.retain(|name, _| specs.iter().any(|spec| spec.name == *name));
        let existing: BTreeMap<Arc<str>, TopicInfo> =
            self.describe(existing)?.into_iter().map(|topic| (Arc::clone(&topic.name), topic)).collect();
        let mut wanted: BTreeMap<&str, &TopicSpec> = BTreeMap::new();
        for spec in specs {
            check(spec)?;
            if let Some(found) = existing.get(&spec.name) {
                agrees(found, spec)?;
            } else if let Some(same) = wanted.insert(&spec.name, spec) {
                agrees(
                    &TopicInfo { name: Arc::clone(&same.name), partitions: same.partitions, policy: same.policy },
                    spec,
                )?;
            }
        }
        if wanted.is_empty() {
            return Ok(());
        }
        let wanted: Vec<&TopicSpec> = wanted.into_values().collect();
        if self.create(&wanted)? {
            wanted.iter().try_for_each(|spec| self.await_topic(&spec.name, spec.partitions))
        } else {
            // Another instance was quicker with one of them; its shape may be another.
            wanted.iter().try_for_each(|spec| self.await_topic(&spec.name, 1))?;
            self.create_missing(specs)
        }
    }

    /// Creates topics; tells whether none of them was there already.
    fn create(&self, specs: &[&TopicSpec]) -> Result<bool, LogError> {
        let retentions: Vec<String> = specs.iter().map(|spec| retention(spec.policy)).collect();
        let topics: Vec<NewTopic<'_>> =
            specs.iter().zip(&retentions).map(|(spec, retention)| self.new_topic(spec, retention)).collect();
        let answers = wait_for(self.admin.client().create_topics(&topics, &self.admin_options()));
        let mut all_new = true;
        for answer in answers.map_err(|error| self.failed("create topics", &error))? {
            match answer {
                Ok(_) => {}
                Err((_, Code::TopicAlreadyExists)) => all_new = false,
                Err((name, code)) => {
                    return Err(failure::of_code(&self.options, &format!("create topic {name}"), code));
                }
            }
        }
        Ok(all_new)
    }

    fn new_topic<'a>(&self, spec: &'a TopicSpec, retention: &'a str) -> NewTopic<'a> {
        let replication = TopicReplication::Fixed(self.options.replication_factor);
        let partitions = i32::try_from(spec.partitions).unwrap_or(i32::MAX);
        let policy = match spec.policy {
            CleanupPolicy::Compact => "compact",
            CleanupPolicy::CompactAndDelete => "compact,delete",
            CleanupPolicy::Delete { .. } => "delete",
        };
        let topic = NewTopic::new(&spec.name, partitions, replication)
            .set("cleanup.policy", policy)
            .set("retention.ms", retention)
            .set("message.timestamp.type", "CreateTime")
            .set("message.timestamp.before.max.ms", ANY_TIME)
            .set("message.timestamp.after.max.ms", ANY_TIME);
        if !spec.policy.compacts() {
            return topic;
        }
        // State must not go by a size either, whatever the brokers' default. What is given up, or superseded, goes by whole
        // segments: they are as small as Kafka Streams makes them.
        topic.set("retention.bytes", "-1").set("segment.bytes", SEGMENT_BYTES)
    }

    /// Adds the cleanup policy to topics and their numbers of partitions.
    pub(super) fn describe(&self, topics: BTreeMap<Arc<str>, u32>) -> Result<Vec<TopicInfo>, LogError> {
        if topics.is_empty() {
            return Ok(Vec::new());
        }
        let asked: Vec<ResourceSpecifier<'_>> = topics.keys().map(|name| ResourceSpecifier::Topic(name)).collect();
        let deadline = Instant::now() + self.options.request_timeout;
        let answers = loop {
            let answers = wait_for(self.admin.client().describe_configs(&asked, &self.admin_options()));
            let answers = answers.map_err(|error| self.failed("describe topics", &error))?;
            // The broker that answers may not have heard yet of a topic that another one shows.
            let is_behind = answers.iter().any(|answer| matches!(answer, Err(Code::UnknownTopicOrPartition)));
            if !is_behind || Instant::now() > deadline {
                break answers;
            }
            std::thread::park_timeout(AGAIN);
        };
        let policies: BTreeMap<String, CleanupPolicy> = answers.into_iter().flatten().filter_map(policy_of).collect();
        let info = |(name, partitions): (Arc<str>, u32)| {
            let policy = policies.get(&*name).copied().unwrap_or(CleanupPolicy::Delete { retention_ms: None });
            TopicInfo { name, partitions, policy }
        };
        Ok(topics.into_iter().map(info).collect())
    }

    pub(super) fn delete_records(&self, partition: &TopicPartition, before: i64) -> Result<(), LogError> {
        self.check(partition)?;
        let action = format!("delete the records of {partition} before {before}");
        let mut list = TopicPartitionList::with_capacity(1);
        let added = list.add_partition_offset(&partition.topic, number(partition), Offset::Offset(before));
        added.map_err(|error| self.failed(&action, &error))?;
        let answer = wait_for(self.admin.client().delete_records(&list, &self.admin_options()));
        let answer = answer.map_err(|error| self.failed(&action, &error))?;
        match answer.elements().first().map(|element| element.error()) {
            Some(Err(error)) if failure::code(&error) == Some(Code::OffsetOutOfRange) => {
                Err(self.out_of_range(partition, before))
            }
            Some(Err(error)) => Err(self.failed(&action, &error)),
            _ => Ok(()),
        }
    }

    /// The error for a position outside of `partition`, with its bounds as far as they can be asked for.
    pub(super) fn out_of_range(&self, partition: &TopicPartition, offset: i64) -> LogError {
        match self.offsets(std::slice::from_ref(partition)).map(|ranges| ranges.first().copied()) {
            Ok(Some(range)) => {
                let partition = partition.clone();
                LogError::OffsetOutOfRange { partition, offset, start: range.start, end: range.end }
            }
            Ok(None) => LogError::UnknownTopic(partition.clone()),
            Err(error) => error,
        }
    }

    fn admin_options(&self) -> AdminOptions {
        let timeout = Some(self.options.request_timeout);
        AdminOptions::new().request_timeout(timeout).operation_timeout(timeout)
    }
}

/// Retention as the brokers write it. Compacted topics forget nothing by age.
fn retention(policy: CleanupPolicy) -> String {
    match policy {
        CleanupPolicy::Delete { retention_ms: Some(limit) } => limit.to_string(),
        _ => "-1".to_owned(),
    }
}

/// A topic that is compacted *and* forgets by age or size loses state: it counts as one that forgets.
fn policy_of(config: ConfigResource) -> Option<(String, CleanupPolicy)> {
    let value = |name: &str| config.get(name).and_then(|entry| entry.value.clone());
    let policy = value("cleanup.policy")?;
    let has = |wanted: &str| policy.split(',').any(|word| word.trim() == wanted);
    let limit = |name: &str| value(name).and_then(|limit| limit.parse().ok()).filter(|limit: &i64| *limit >= 0);
    let retention_ms = limit("retention.ms");
    let forgets = retention_ms.is_some() || limit("retention.bytes").is_some();
    let policy = match (has("compact"), has("delete")) {
        (true, false) => CleanupPolicy::Compact,
        (true, true) if !forgets => CleanupPolicy::CompactAndDelete,
        _ => CleanupPolicy::Delete { retention_ms },
    };
    match config.specifier {
        OwnedResourceSpecifier::Topic(name) => Some((name, policy)),
        _ => None,
    }
}

fn check(spec: &TopicSpec) -> Result<(), LogError> {
    if spec.partitions > 0 && i32::try_from(spec.partitions).is_ok() && is_name(&spec.name) {
        return Ok(());
    }
    Err(failure::refused(
        &format!("create topic {:?} with {} partitions", spec.name, spec.partitions),
        "a topic has at least one partition and a name of up to 249 letters, digits, dots, dashes and underscores",
    ))
}

/// Compares what cannot be changed without moving or losing records. How long records are kept is the operator's.
fn agrees(found: &TopicInfo, wanted: &TopicSpec) -> Result<(), LogError> {
    if found.partitions == wanted.partitions && discriminant(&found.policy) == discriminant(&wanted.policy) {
        return Ok(());
    }
    Err(wanted.mismatch(found, named))
}

fn named(policy: CleanupPolicy) -> String {
    match policy {
        CleanupPolicy::Delete { .. } => "cleanup.policy=delete".to_owned(),
        CleanupPolicy::Compact => "cleanup.policy=compact".to_owned(),
        CleanupPolicy::CompactAndDelete => {
            "cleanup.policy=compact,delete with retention.ms and retention.bytes=-1".to_owned()
        }
    }
}
