//! Clients that have lost sight of all brokers.
//!
//! librdkafka, since 2.10, lets go of each broker that an answer about metadata does not name. One that is about to stop, or has
//! just started, may name none at all. Then the client has nobody left to ask, reports no error, and stays so for ever
//! (confluentinc/librdkafka#5301); until it is told again where the brokers are.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use rdkafka::ClientContext;
use rdkafka::client::Client;
use serde::Deserialize;
use tillstream_kafka_queue::add_brokers;

/// Whether a client has anybody to ask, by its statistics.
#[derive(Debug, Default)]
pub(super) struct Sight {
    is_lost: AtomicBool,
}

/// The part of librdkafka's statistics that names brokers.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub(super) struct Brokers(BTreeMap<String, Broker>);

#[derive(Debug, Deserialize)]
struct Broker {
    /// Where it is known from: `configured`, `learned`, or an alias of one of those, which is not counted.
    source: String,
}

impl Sight {
    /// Takes in which brokers the client has.
    pub(super) fn learn(&self, brokers: &Brokers) {
        let has_any = brokers.0.values().any(|broker| matches!(&*broker.source, "configured" | "learned"));
        self.is_lost.store(!has_any, Ordering::Relaxed);
    }

    /// Tells a client where the brokers are if it has lost sight of all of them; answers whether it has.
    pub(super) fn regain<C: ClientContext>(&self, client: &Client<C>, servers: &str) -> bool {
        let was_lost = self.is_lost.swap(false, Ordering::Relaxed);
        if was_lost {
            tracing::warn!(servers, "a client has lost sight of all brokers: looking for the first ones again");
            add_brokers(client, servers);
        }
        was_lost
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use rdkafka::ClientConfig;
    use rdkafka::consumer::{BaseConsumer, Consumer};

    use super::*;

    #[test]
    fn a_client_with_nobody_but_aliases_is_told_of_its_first_brokers_once() {
        let (sight, consumer) = (Sight::default(), ClientConfig::new().create::<BaseConsumer>().unwrap());
        let is_told_after = |statistics: &str| {
            sight.learn(&serde_json::from_str(statistics).unwrap());
            sight.regain(consumer.client(), "127.0.0.1:1")
        };
        assert!(!is_told_after(r#"{"a:1/1": {"source": "learned"}, "GroupCoordinator": {"source": "logical"}}"#));
        assert!(is_told_after(r#"{":0/internal": {"source": "internal"}, "GroupCoordinator": {"source": "logical"}}"#));
        assert!(!sight.regain(consumer.client(), "127.0.0.1:1"));
        assert!(!is_told_after(r#"{"a:1/bootstrap": {"source": "configured"}}"#));
    }
}
