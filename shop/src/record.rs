//! A record as a producer would send it.

use tillstream_models::events::Event;

/// A record to publish: key and value as they go on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShopRecord {
    /// The topic's default name.
    pub topic: &'static str,
    /// The key: the id that the topic is partitioned by.
    pub key: String,
    /// Event time in milliseconds since the epoch.
    pub timestamp: i64,
    /// The payload.
    pub value: Vec<u8>,
}

impl ShopRecord {
    /// The record of an event. An event without `at` is given the timestamp 0.
    pub(crate) fn of<E: Event>(event: &E) -> Self {
        Self {
            topic: E::TOPIC,
            key: event.key().to_owned(),
            timestamp: event.at_ms().unwrap_or(0),
            value: event.to_json(),
        }
    }
}
