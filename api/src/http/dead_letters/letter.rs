//! One refused record, as it is shown.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Serialize;
use tillstream_runtime::log::RawRecord;
use tillstream_stores::Headers;
use utoipa::ToSchema;

use crate::http::time::Instant;

/// Headers that the engine adds to a refused record; see `tillstream_runtime::dead_letters`.
pub(super) const PREFIX: &str = "tillstream.";
const REASON: &str = "tillstream.reason";
const CLASS: &str = "tillstream.class";
pub(super) const TOPIC: &str = "tillstream.topic";
pub(super) const PARTITION: &str = "tillstream.partition";
const OFFSET: &str = "tillstream.offset";

/// Where a refused record came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Origin {
    /// Topic it was read from.
    #[schema(example = "orders")]
    pub(super) topic: Option<String>,
    /// Partition it was read from.
    #[schema(example = 3)]
    pub(super) partition: Option<u32>,
    /// Offset it was read at.
    #[schema(example = 812)]
    offset: Option<i64>,
}

/// Bytes as text where they are text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Payload {
    /// The bytes as UTF-8 text.
    Text(String),
    /// The bytes in base64, since they are not text.
    Base64(String),
}

impl Payload {
    fn of(bytes: &Bytes) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Base64(STANDARD.encode(bytes)),
        }
    }
}

/// A refused record with the reason.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeadLetter {
    /// Partition of the dead-letter topic.
    #[schema(example = 0)]
    partition: u32,
    /// Offset in it.
    #[schema(example = 17)]
    offset: i64,
    /// The cause for a person.
    #[schema(example = "required field `orderId` is missing or null")]
    reason: Option<String>,
    /// The cause as a stable word.
    #[schema(example = "missing_field")]
    class: Option<String>,
    /// Where it came from.
    from: Origin,
    /// The record's timestamp.
    timestamp: Instant,
    /// The key; absent when it was null.
    key: Option<Payload>,
    /// The value as it came; absent when it was null.
    value: Option<Payload>,
}

impl DeadLetter {
    pub(crate) fn of(partition: u32, record: &RawRecord) -> Self {
        Self {
            partition,
            offset: record.offset,
            reason: text(&record.headers, REASON),
            class: text(&record.headers, CLASS),
            from: origin(&record.headers),
            timestamp: Instant(record.timestamp),
            key: record.key.as_ref().map(Payload::of),
            value: record.value.as_ref().map(Payload::of),
        }
    }
}

pub(super) fn origin(headers: &Headers) -> Origin {
    Origin {
        topic: text(headers, TOPIC),
        partition: text(headers, PARTITION).and_then(|number| number.parse().ok()),
        offset: text(headers, OFFSET).and_then(|number| number.parse().ok()),
    }
}

fn text(headers: &Headers, name: &str) -> Option<String> {
    headers.get(name).map(|value| String::from_utf8_lossy(value).into_owned())
}
