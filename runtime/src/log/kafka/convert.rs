//! Records between the engine's form and librdkafka's.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use rdkafka::message::{BorrowedHeaders, BorrowedMessage, Header, Headers as _, Message, OwnedHeaders};
use tillstream_stores::Headers;
use tillstream_topology::RawRecord;

/// Copies a message out of librdkafka's memory: key and value into one buffer.
pub(super) fn record(message: &BorrowedMessage<'_>) -> RawRecord {
    let (key, value) = key_and_value(message.key(), message.payload());
    RawRecord {
        offset: message.offset(),
        timestamp: message.timestamp().to_millis().unwrap_or(-1),
        key,
        value,
        headers: message.headers().map(headers).unwrap_or_default(),
    }
}

fn key_and_value(key: Option<&[u8]>, value: Option<&[u8]>) -> (Option<Bytes>, Option<Bytes>) {
    let (Some(key), Some(value)) = (key, value) else {
        return (key.map(Bytes::copy_from_slice), value.map(Bytes::copy_from_slice));
    };
    let mut both = Bytes::from([key, value].concat());
    let key = both.split_to(key.len());
    (Some(key), Some(both))
}

/// Copies headers. One whose name is not UTF-8 is left out: the engine knows none by such a name, and librdkafka's
/// binding has no way to read it but a panic.
fn headers(found: &BorrowedHeaders) -> Headers {
    let mut headers = Headers::new();
    for index in 0..found.count() {
        match catch_unwind(AssertUnwindSafe(|| found.try_get(index))) {
            Ok(Some(Header { key, value })) => headers.push(key, value.map(Bytes::copy_from_slice)),
            Ok(None) | Err(_) => tracing::warn!("a header whose name is not UTF-8 was left out"),
        }
    }
    headers
}

/// Headers in librdkafka's form; `None` when there are none.
pub(super) fn owned_headers(headers: &Headers) -> Option<OwnedHeaders> {
    if headers.is_empty() {
        return None;
    }
    let start = OwnedHeaders::new_with_capacity(headers.len());
    let add = |all: OwnedHeaders, (key, value): (&str, Option<&Bytes>)| {
        all.insert(Header { key, value: value.map(Bytes::as_ref) })
    };
    Some(headers.iter().fold(start, add))
}

/// Bytes of a record as its limit counts them.
pub(super) fn byte_size(key: Option<&[u8]>, value: Option<&[u8]>, headers: &Headers) -> usize {
    let length = |bytes: Option<&[u8]>| bytes.map_or(0, <[u8]>::len);
    let header = |(name, value): (&str, Option<&Bytes>)| name.len() + value.map_or(0, Bytes::len);
    length(key) + length(value) + headers.iter().map(header).sum::<usize>()
}
