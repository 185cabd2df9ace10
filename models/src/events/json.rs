//! Writes events as JSON.

use serde::Serialize;

use super::{Envelope, Money, format_rfc3339};

/// An event's JSON under construction: fields are written in call order.
pub(super) struct JsonWriter {
    out: Vec<u8>,
}

impl JsonWriter {
    /// Opens the event and writes what every event has.
    pub(super) fn event(kind: &str, envelope: &Envelope) -> Self {
        let mut json = Self { out: Vec::with_capacity(384) };
        json.out.extend_from_slice(b"{\"type\":");
        json.value(&kind);
        json.field("version", &envelope.version);
        json.field("eventId", &*envelope.event_id);
        if let Some(at_ms) = envelope.at_ms {
            json.field("at", &*format_rfc3339(at_ms));
        }
        json
    }

    /// A string, integer, boolean or finite float.
    pub(super) fn field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) {
        self.name(name);
        self.value(value);
    }

    /// A field that is left out when there is no value.
    pub(super) fn optional<T: Serialize>(&mut self, name: &'static str, value: Option<T>) {
        if let Some(value) = value {
            self.field(name, &value);
        }
    }

    /// An amount as a JSON number with exactly its digits.
    pub(super) fn money(&mut self, name: &'static str, amount: Money) {
        self.name(name);
        amount.write_digits(&mut self.out);
    }

    /// An array of objects, each written by `write`.
    pub(super) fn objects<T>(&mut self, name: &'static str, items: &[T], write: impl Fn(&mut Self, &T)) {
        self.name(name);
        self.out.push(b'[');
        for item in items {
            self.separate();
            self.out.push(b'{');
            write(self, item);
            self.out.push(b'}');
        }
        self.out.push(b']');
    }

    /// Closes the event.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.out.push(b'}');
        self.out
    }

    /// Field names are constants of this crate without anything to escape.
    fn name(&mut self, name: &'static str) {
        self.separate();
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    /// A comma, unless something was opened just now.
    fn separate(&mut self) {
        if !matches!(self.out.last(), Some(b'{' | b'[')) {
            self.out.push(b',');
        }
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) {
        // A Vec takes every byte and the values are strings and numbers: nothing can fail.
        let written = serde_json::to_writer(&mut self.out, value);
        debug_assert!(written.is_ok(), "{written:?}");
    }
}
