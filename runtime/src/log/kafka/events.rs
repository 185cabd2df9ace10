//! What librdkafka's thread tells a producer: offsets of its records, and how often it was disturbed.

use std::collections::BTreeMap;
use std::sync::Arc;

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::ProducerContext;
use serde::Deserialize;

use super::context::Context;
use super::deliveries::Deliveries;

/// Hands it on to those who wait.
pub(super) struct Events {
    pub(super) deliveries: Arc<Deliveries>,
    pub(super) words: Context,
}

impl ClientContext for Events {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.words.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.words.error(error, reason);
    }

    fn stats_raw(&self, statistics: &[u8]) {
        match serde_json::from_slice::<Statistics>(statistics) {
            Ok(statistics) => self.deliveries.counted(statistics.repeats(), statistics.cuts()),
            Err(error) => tracing::debug!(%error, "statistics of the writer"),
        }
    }
}

impl ProducerContext for Events {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, place: usize) {
        self.deliveries.delivered(place, result.as_ref().map(|message| message.offset()).map_err(|(error, _)| error));
    }
}

/// The part of librdkafka's statistics that tells whether requests were sent more than once.
#[derive(Debug, Deserialize)]
struct Statistics {
    brokers: BTreeMap<String, Broker>,
}

#[derive(Debug, Deserialize)]
struct Broker {
    txretries: u64,
    req_timeouts: u64,
    disconnects: u64,
}

impl Statistics {
    fn repeats(&self) -> u64 {
        self.brokers.values().map(|broker| broker.txretries + broker.req_timeouts).sum()
    }

    fn cuts(&self) -> u64 {
        self.brokers.values().map(|broker| broker.disconnects).sum()
    }
}
