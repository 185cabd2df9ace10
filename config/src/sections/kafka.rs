//! `[kafka]`

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::FaultKind::OutOfRange;
use crate::checks::Checks;
use crate::{Bytes, Millis};

/// The Kafka cluster, when it is the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kafka {
    /// `host:port` of some brokers, separated by commas; the others are found through them.
    pub bootstrap_servers: String,
    /// Copies of each topic that is created; 0 takes the brokers' default.
    pub replication_factor: u32,
    /// Who hands out tasks.
    pub group_protocol: GroupProtocol,
    /// Whether an instance that stops keeps its tasks until it comes back or `session_timeout` is over.
    pub static_membership: bool,
    /// How long an instance that is not heard of keeps its tasks.
    pub session_timeout: Millis,
    /// How long a transaction may be open before the brokers abort it.
    pub transaction_timeout: Millis,
    /// The most bytes, compressed, that one fetch brings of a partition.
    pub max_partition_fetch_bytes: Bytes,
    /// Bytes of records of a partition that may wait in the client while more are fetched.
    pub read_ahead_max_bytes: Bytes,
    /// Settings of the client (librdkafka) by their own names, for security above all.
    pub client: BTreeMap<String, String>,
}

/// Who hands out tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupProtocol {
    /// The members among themselves: brokers of any version.
    Classic,
    /// The broker (KIP-848): Kafka 4.0 and newer.
    Consumer,
}

/// Settings of the client that tell nobody anything.
const HARMLESS: [&str; 6] =
    ["security.protocol", "sasl.mechanism", "sasl.mechanisms", "ssl.ca.location", "client.id", "client.rack"];

impl Kafka {
    /// Puts asterisks in the place of the values of all client settings but the harmless ones.
    pub(crate) fn hide_secrets(&mut self) {
        let secret = self.client.iter_mut().filter(|(name, _)| !HARMLESS.contains(&name.as_str()));
        secret.for_each(|(_, value)| "***".clone_into(value));
    }

    pub(crate) fn check(&self, checks: &mut Checks<'_>) {
        let is_server = |server: &str| {
            server
                .rsplit_once(':')
                .is_some_and(|(host, port)| !host.trim().is_empty() && port.trim().parse::<u16>().is_ok())
        };
        if !self.bootstrap_servers.split(',').all(is_server) {
            let remedy = "write host:port, several separated by commas";
            checks.refuse(
                OutOfRange,
                "kafka.bootstrap_servers",
                &self.bootstrap_servers,
                "not a list of servers",
                remedy,
            );
        }
        checks.between("kafka.replication_factor", self.replication_factor, 0, 15);
        checks.between("kafka.session_timeout", self.session_timeout, Millis::seconds(1), Millis::minutes(30));
        checks.between("kafka.transaction_timeout", self.transaction_timeout, Millis::seconds(1), Millis::minutes(15));
        let (key, value) = ("kafka.max_partition_fetch_bytes", self.max_partition_fetch_bytes);
        checks.between(key, value, Bytes::kib(1), Bytes::mib(256));
        checks.between("kafka.read_ahead_max_bytes", self.read_ahead_max_bytes, Bytes::kib(1), Bytes::gib(1));
    }
}

#[cfg(test)]
mod tests {
    use crate::Config;

    #[test]
    fn what_is_shown_to_others_holds_no_password() {
        let client = r#"kafka.client={ "security.protocol" = "SASL_SSL", "sasl.password" = "geheim" }"#;
        let loaded = Config::load(None, [], [client]).unwrap();
        assert_eq!(loaded.config.kafka.client["sasl.password"], "geheim");
        let shown = loaded.without_secrets();
        assert_eq!(shown.config.kafka.client["sasl.password"], "***");
        assert!(shown.print().contains("SASL_SSL") && !shown.print().contains("geheim"), "{}", shown.print());
    }
}
