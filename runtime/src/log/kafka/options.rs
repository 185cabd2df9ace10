//! What can be set about a connection to Kafka.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::settings;
use crate::log::LogError;

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// Which protocol the members of a group speak with the brokers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GroupProtocol {
    /// The members elect one who shares out the tasks (cooperative-sticky). Every broker knows it.
    #[default]
    Classic,
    /// The broker shares out the tasks (KIP-848). Kafka 4.0 and newer; session and heartbeat times are the broker's.
    Consumer,
}

/// Where the brokers are, how long to wait for them and how much memory to give them. Kafka 3.6 or newer.
#[derive(Clone, PartialEq, Eq)]
pub struct KafkaOptions {
    /// `host:port`, several by comma; some brokers of the cluster are enough.
    pub bootstrap_servers: String,
    /// Replicas of the topics that are created; -1 leaves it to the brokers, and is the default.
    pub replication_factor: i32,
    /// How long a transaction may stay open before the brokers abort it, and how long a commit is tried. Default 10 s.
    pub transaction_timeout: Duration,
    /// After how long without a heartbeat a member has lost its tasks. Default 10 s.
    pub session_timeout: Duration,
    /// After how long without [`Membership::poll`](crate::log::Membership::poll) a member has lost its tasks. Default
    /// 5 minutes.
    pub max_poll_interval: Duration,
    /// How long one question to the brokers may take. Default 10 s.
    pub request_timeout: Duration,
    /// Keeps a member's tasks for it while it restarts, up to `session_timeout`, which is then better 45 s or more.
    /// Default no.
    pub static_membership: bool,
    /// How the group shares out its tasks.
    pub group_protocol: GroupProtocol,
    /// One poll ends with the record that takes it past this. Default 4 MiB.
    pub fetch_bytes: usize,
    /// One poll takes no further record of a partition after this, and one fetch brings as much of it, compressed. Default
    /// 256 KiB.
    pub partition_fetch_bytes: usize,
    /// Records fetched ahead, for each partition read, beside the fetch that brings them; none counts as less than 256
    /// bytes, of which the client needs twice as much to hold one. Default 256 KiB.
    pub read_ahead_bytes: usize,
    /// Records of an open transaction that wait to be sent, for each writer. Default 64 MiB.
    pub send_buffer_bytes: usize,
    /// Largest record, counting key, value and headers. Default 1,000,000 bytes: brokers refuse 1 MiB.
    pub max_record_bytes: usize,
    /// How long a record waits for others to be sent with. Default 5 ms.
    pub linger: Duration,
    /// Name of the group that readers show to the brokers. Nothing is ever committed under it.
    pub reader_group: String,
    /// More settings of librdkafka: `security.protocol`, `sasl.*`, `ssl.*`, `client.id` and the like.
    pub client: BTreeMap<String, String>,
}

impl KafkaOptions {
    /// The defaults, with the brokers at `bootstrap_servers`.
    pub fn new(bootstrap_servers: impl Into<String>) -> Self {
        Self { bootstrap_servers: bootstrap_servers.into(), ..Self::default() }
    }

    /// # Errors
    /// [`LogError::BadSetting`].
    pub(super) fn check(&self) -> Result<(), LogError> {
        let refuse = |setting: &str, problem: &str| {
            Err(LogError::BadSetting { setting: setting.to_owned(), problem: problem.to_owned() })
        };
        if self.bootstrap_servers.trim().is_empty() {
            return refuse("bootstrap_servers", "is empty; give the brokers as host:port");
        }
        if self.replication_factor != -1 && !(1..=i32::from(i16::MAX)).contains(&self.replication_factor) {
            return refuse("replication_factor", "is neither -1 (the brokers' default) nor a number of replicas");
        }
        if self.max_poll_interval < self.session_timeout {
            return refuse("max_poll_interval", "is below session_timeout; make it longer");
        }
        match self.client.keys().find_map(|key| settings::refusal(key).map(|why| (key, why))) {
            Some((key, why)) => refuse(&format!("kafka.client.{key}"), why),
            None => Ok(()),
        }
    }
}

impl Default for KafkaOptions {
    fn default() -> Self {
        Self {
            bootstrap_servers: "localhost:9092".to_owned(),
            replication_factor: -1,
            transaction_timeout: Duration::from_secs(10),
            session_timeout: Duration::from_secs(10),
            max_poll_interval: Duration::from_secs(300),
            request_timeout: Duration::from_secs(10),
            static_membership: false,
            group_protocol: GroupProtocol::Classic,
            fetch_bytes: 4 * MIB,
            partition_fetch_bytes: 256 * KIB,
            read_ahead_bytes: 256 * KIB,
            send_buffer_bytes: 64 * MIB,
            max_record_bytes: 1_000_000,
            linger: Duration::from_millis(5),
            reader_group: "tillstream-reader".to_owned(),
            client: BTreeMap::new(),
        }
    }
}

/// Shows no value of `client`: passwords are among them.
impl fmt::Debug for KafkaOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("KafkaOptions")
            .field("bootstrap_servers", &self.bootstrap_servers)
            .field("transaction_timeout", &self.transaction_timeout)
            .field("session_timeout", &self.session_timeout)
            .field("group_protocol", &self.group_protocol)
            .field("static_membership", &self.static_membership)
            .field("client", &self.client.keys())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn what_would_undo_exactly_once_is_refused_by_name() {
        let forbidden = [
            "isolation.level",
            "enable.auto.commit",
            "transactional.id",
            "partitioner",
            "group.id",
            "acks",
            // The shorter of the two holds, whatever the log sets the other to.
            "retry.backoff.ms",
            "retry.backoff.max.ms",
        ];
        for key in forbidden {
            let mut options = KafkaOptions::new("localhost:9092");
            options.client.insert(key.to_owned(), "whatever".to_owned());
            let error = options.check().unwrap_err();
            assert!(matches!(&error, LogError::BadSetting { setting, .. } if setting.ends_with(key)), "{error}");
        }
        let mut options = KafkaOptions::new("localhost:9092");
        options.client.insert("security.protocol".to_owned(), "SASL_SSL".to_owned());
        options.client.insert("sasl.password".to_owned(), "secret".to_owned());
        options.check().unwrap();
        assert!(!format!("{options:?}").contains("secret"));
    }
}
