//! Events as they come from a topic, decoded once, with the fingerprints that tell repeats from conflicts.

use std::marker::PhantomData;
use std::sync::Arc;

use tillstream_models::events::{Event, EventError, payload_hash};
use tillstream_stores::{Serde, SerdeError, SharedSerde};
use tillstream_topology::ProcessError;

/// An event and the fingerprints of its id and payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Received<E> {
    /// The event.
    pub(crate) event: E,
    /// Fingerprint of the event id and its topic.
    pub(crate) id: u64,
    /// Fingerprint of the payload's bytes.
    pub(crate) fingerprint: u64,
}

impl<E: Event> Received<E> {
    /// Refuses an event whose record lies under another key than the event's own: its partition, and with it its state,
    /// would be the wrong one.
    ///
    /// # Errors
    /// Class `key_mismatch`.
    pub(crate) fn check_key(&self, key: &str) -> Result<(), ProcessError> {
        let own = self.event.key();
        if own == key {
            return Ok(());
        }
        let message = format!("the record's key is {key:?}, the event's {own:?}; send it under its own key");
        Err(ProcessError::refused("key_mismatch", message))
    }
}

struct ReceivedSerde<E>(PhantomData<fn() -> E>);

/// Reads events of `E` with their fingerprints. Errors carry the class of [`EventError`].
#[must_use]
pub(crate) fn received<E: Event + 'static>() -> SharedSerde<Received<E>> {
    Arc::new(ReceivedSerde(PhantomData))
}

impl<E: Event> Serde<Received<E>> for ReceivedSerde<E> {
    fn serialize(&self, value: &Received<E>, out: &mut Vec<u8>) -> Result<bool, SerdeError> {
        out.extend_from_slice(&value.event.to_json());
        Ok(true)
    }

    fn deserialize(&self, bytes: Option<&[u8]>) -> Result<Received<E>, SerdeError> {
        let payload = bytes.ok_or_else(null)?;
        let event = E::decode(payload).map_err(refused)?;
        // Ids are told apart by topic: two services may both count from 1.
        let id = payload_hash(event.event_id().as_bytes()) ^ payload_hash(E::TOPIC.as_bytes());
        Ok(Received { event, id, fingerprint: payload_hash(payload) })
    }
}

struct EventSerde<E>(PhantomData<fn() -> E>);

/// Reads and writes events of `E` as they are.
#[must_use]
pub(crate) fn event<E: Event + 'static>() -> SharedSerde<E> {
    Arc::new(EventSerde(PhantomData))
}

impl<E: Event> Serde<E> for EventSerde<E> {
    fn serialize(&self, value: &E, out: &mut Vec<u8>) -> Result<bool, SerdeError> {
        out.extend_from_slice(&value.to_json());
        Ok(true)
    }

    fn deserialize(&self, bytes: Option<&[u8]>) -> Result<E, SerdeError> {
        E::decode(bytes.ok_or_else(null)?).map_err(refused)
    }
}

fn null() -> SerdeError {
    SerdeError::new("null_value", "an event topic takes no null values")
}

// The signature `map_err` asks for.
#[expect(clippy::needless_pass_by_value, reason = "handed to map_err")]
fn refused(error: EventError) -> SerdeError {
    SerdeError::new(error.class(), error.to_string())
}
