//! Settings of librdkafka for each kind of client: what is pinned, and what a user may not touch.

use std::time::Duration;

use rdkafka::ClientConfig;

use super::options::{GroupProtocol, KafkaOptions};
use crate::log::{Join, LogError};

/// Waits between two tries of a request, in milliseconds, up to a fifth more or less. Short, because brokers refuse the offsets of
/// a transaction while the one before still ends; but longer than ending one takes, by which a commit is known to be tried once only.
pub(super) const RETRY_BACKOFF_MS: u64 = 40;
/// How often producers count their retries, in milliseconds.
pub(super) const STATISTICS_MS: u64 = 200;
/// How often readers hear of the ends of their partitions, in milliseconds.
const ENDS_MS: u64 = 500;

/// How long brokers wait for records to come before they answer a reader, and for how many bytes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pace {
    /// Each record at once: there are few of them.
    Single,
    /// What has come together: brokers and client deal with a batch for little more than for one record. librdkafka announces the
    /// end with the answer behind the last record.
    Batch,
}

impl Pace {
    fn wait_ms_and_bytes(self) -> (&'static str, &'static str) {
        match self {
            Self::Single => ("100", "1"),
            Self::Batch => ("5", "65536"),
        }
    }
}

/// How often members are heard of. It is also how soon they hear that tasks change hands, which takes two rounds.
const HEARTBEAT: Duration = Duration::from_millis(300);

/// What a record fetched ahead counts as at least: the client's own part of it is some 500 bytes, so that 2 MiB of small
/// records would take 10 MiB.
const LEAST_BYTES: usize = 256;

const CLIENT_ID: &str = "tillstream";

/// Beginnings of settings that are the log's own: exactly-once and the leases rest on them.
const OWN: [(&str, &str); 18] = [
    ("bootstrap.servers", "is set by `bootstrap_servers`; give it there"),
    ("metadata.broker.list", "is set by `bootstrap_servers`; give it there"),
    ("group.", "belongs to the leases of tasks; remove it"),
    ("partition.assignment.strategy", "belongs to the leases of tasks; remove it"),
    ("session.timeout.ms", "is set by `session_timeout`; give it there"),
    ("max.poll.interval.ms", "is set by `max_poll_interval`; give it there"),
    ("transaction", "belongs to the transactions; remove it"),
    ("enable.idempotence", "must stay on for exactly-once; remove it"),
    ("acks", "must stay `all` for exactly-once; remove it"),
    ("request.required.acks", "must stay `all` for exactly-once; remove it"),
    ("isolation.level", "must stay `read_committed` for exactly-once; remove it"),
    ("enable.auto", "must stay off: offsets are committed with the transactions; remove it"),
    ("auto.", "must stay off: positions are the engine's; remove it"),
    ("enable.partition.eof", "must stay on: the ends of partitions are known by it; remove it"),
    ("partitioner", "is never asked: the engine places records as the Java client does; remove it"),
    ("check.crcs", "must stay on; remove it"),
    ("allow.auto.create.topics", "must stay off: a topic's shape is part of the topology; remove it"),
    ("retry.backoff.", "tells a retried commit from a plain one; remove it"),
];

/// Why `key` may not be set by the user; `None` where it may.
pub(super) fn refusal(key: &str) -> Option<&'static str> {
    OWN.iter().find(|(own, _)| key.starts_with(own)).map(|(_, why)| *why)
}

/// Settings of a client that only asks questions: metadata and offsets.
pub(super) fn inquirer(options: &KafkaOptions) -> ClientConfig {
    let mut config = common(options);
    config.set("isolation.level", "read_committed");
    set_default(&mut config, options, "socket.timeout.ms", &ms(options.request_timeout));
    config
}

/// Settings of a client that asks what `group` has committed. It never joins.
pub(super) fn group_inquirer(options: &KafkaOptions, group: &str) -> ClientConfig {
    let mut config = inquirer(options);
    config.set("group.id", group).set("enable.auto.commit", "false");
    config
}

/// Settings of a reader: partitions assigned by hand, bounded queues, the end of a partition announced.
pub(super) fn reader(options: &KafkaOptions, pace: Pace) -> ClientConfig {
    let (wait_ms, bytes) = pace.wait_ms_and_bytes();
    let mut config = group_inquirer(options, &options.reader_group);
    let fetch = options.partition_fetch_bytes.to_string();
    config
        .set("enable.auto.offset.store", "false")
        .set("auto.offset.reset", "error")
        .set("enable.partition.eof", "true")
        .set("check.crcs", "true")
        .set("queued.max.messages.kbytes", (options.read_ahead_bytes >> 10).max(1).to_string())
        .set("queued.min.messages", (options.read_ahead_bytes / LEAST_BYTES).max(1).to_string())
        .set("fetch.message.max.bytes", &fetch)
        .set("fetch.max.bytes", whole_fetch(options).to_string())
        .set("fetch.wait.max.ms", wait_ms)
        .set("fetch.min.bytes", bytes)
        // How soon a full queue is looked at again. The client's own second would hold a fast reader to `read_ahead_bytes` a
        // second and partition.
        .set("fetch.queue.backoff.ms", "5")
        .set("fetch.error.backoff.ms", "100")
        .set("statistics.interval.ms", ENDS_MS.to_string());
    config
}

/// The name under which a member shows itself to the brokers and their tools: unlike any other's of its group.
pub(super) fn member_name(options: &KafkaOptions, join: &Join) -> String {
    let client = options.client.get("client.id").map_or(CLIENT_ID, String::as_str);
    format!("{client}-{}-{}", join.instance, join.thread)
}

/// Settings of the group consumer that holds a thread's leases.
pub(super) fn member(options: &KafkaOptions, join: &Join) -> ClientConfig {
    let mut config = group_inquirer(options, &join.group);
    config
        .set("client.id", member_name(options, join))
        .set("enable.auto.offset.store", "false")
        .set("statistics.interval.ms", (2 * ENDS_MS).to_string())
        .set("max.poll.interval.ms", ms(options.max_poll_interval));
    match options.group_protocol {
        GroupProtocol::Classic => config
            .set("partition.assignment.strategy", "cooperative-sticky")
            .set("session.timeout.ms", ms(options.session_timeout))
            .set("heartbeat.interval.ms", ms(HEARTBEAT.min(options.session_timeout / 5))),
        GroupProtocol::Consumer => config.set("group.protocol", "consumer"),
    };
    if options.static_membership {
        config.set("group.instance.id", format!("{}-{}", join.instance, join.thread));
    }
    config
}

/// Settings of a transactional producer.
pub(super) fn producer(options: &KafkaOptions, transactional_id: &str) -> ClientConfig {
    let mut config = common(options);
    config
        .set("transactional.id", transactional_id)
        .set("transaction.timeout.ms", ms(options.transaction_timeout))
        .set("enable.idempotence", "true")
        .set("acks", "all")
        .set("linger.ms", ms(options.linger))
        .set("queue.buffering.max.kbytes", (options.send_buffer_bytes >> 10).max(1).to_string())
        .set("queue.buffering.max.messages", "1000000")
        // Room for what a batch adds to its records.
        .set("message.max.bytes", (options.max_record_bytes + (10 << 10)).to_string())
        .set("statistics.interval.ms", STATISTICS_MS.to_string());
    set_default(&mut config, options, "compression.type", "lz4");
    config
}

/// # Errors
/// [`LogError::BadSetting`] for a setting librdkafka does not know.
pub(super) fn check(options: &KafkaOptions) -> Result<(), LogError> {
    common(options).create_native_config().map(drop).map_err(|error| super::failure::bad_setting(&error))
}

fn common(options: &KafkaOptions) -> ClientConfig {
    let mut config = ClientConfig::new();
    for (key, value) in &options.client {
        config.set(key, value);
    }
    config
        .set("bootstrap.servers", &options.bootstrap_servers)
        .set("retry.backoff.ms", RETRY_BACKOFF_MS.to_string())
        .set("allow.auto.create.topics", "false");
    // Half of it also lies between two first connections of a client, to whom it was told of and to whom it learned of there.
    set_default(&mut config, options, "reconnect.backoff.ms", "20");
    set_default(&mut config, options, "client.id", CLIENT_ID);
    set_default(&mut config, options, "reconnect.backoff.max.ms", "2000");
    set_default(&mut config, options, "log.connection.close", "false");
    config
}

fn set_default(config: &mut ClientConfig, options: &KafkaOptions, key: &str, value: &str) {
    if !options.client.contains_key(key) {
        config.set(key, value);
    }
}

/// A fetch must have room for the largest record.
fn whole_fetch(options: &KafkaOptions) -> usize {
    options.fetch_bytes.max(options.partition_fetch_bytes).max(2 * options.max_record_bytes).max(1 << 20)
}

fn ms(duration: Duration) -> String {
    duration.as_millis().to_string()
}
