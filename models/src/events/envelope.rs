//! What every event carries, and what every event can do.

use super::EventError;

/// The fields that every event has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Envelope {
    /// Makes the event count once: a repeat of the same id is dropped.
    pub event_id: Box<str>,
    /// Event time in milliseconds since the epoch; `None` when the payload has no `at`, then the
    /// record's timestamp is the event time.
    pub at_ms: Option<i64>,
    /// Version of the event's schema; a greater one that still parses is read.
    pub version: u32,
}

impl Envelope {
    /// The envelope of a new event (schema version 1) that happened at `at_ms`.
    #[must_use]
    pub fn new(event_id: impl Into<Box<str>>, at_ms: i64) -> Self {
        Self { event_id: event_id.into(), at_ms: Some(at_ms), version: 1 }
    }
}

/// One topic's events: decoded once, strictly, and written back in the same format.
pub trait Event: Sized {
    /// Default name of the topic.
    const TOPIC: &'static str;

    /// Reads and checks one payload.
    ///
    /// # Errors
    /// [`EventError`] with the cause; never a panic, whatever the bytes.
    fn decode(payload: &[u8]) -> Result<Self, EventError>;

    /// The payload: camelCase JSON, money as JSON numbers with exact decimals. What
    /// [`decode`](Event::decode) reads back is equal to `self`.
    fn to_json(&self) -> Vec<u8>;

    /// The value of the field `type`.
    fn type_name(&self) -> &'static str;

    /// The fields that every event has.
    fn envelope(&self) -> &Envelope;

    /// The record's key: the id that the topic is partitioned by.
    fn key(&self) -> &str;

    /// The id that makes the event count once.
    fn event_id(&self) -> &str {
        &self.envelope().event_id
    }

    /// Event time in milliseconds since the epoch, when the payload says so.
    fn at_ms(&self) -> Option<i64> {
        self.envelope().at_ms
    }
}
