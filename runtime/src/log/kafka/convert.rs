//! Records between the engine's form and librdkafka's.

use std::ops::Range;

use bytes::Bytes;
use rdkafka::message::{Header, OwnedHeaders};
use tillstream_kafka_queue::Record;
use tillstream_stores::Headers;
use tillstream_topology::RawRecord;

/// Records copied out of librdkafka's memory: keys and values one after another in one buffer, which they share.
#[derive(Debug, Default)]
pub(super) struct Batch {
    bytes: Vec<u8>,
    heads: Vec<Head>,
}

/// All of a record but its bytes.
#[derive(Debug)]
struct Head {
    offset: i64,
    timestamp: i64,
    key: Option<Range<usize>>,
    value: Option<Range<usize>>,
    headers: Headers,
}

impl Batch {
    /// Answers how many bytes its key and value have.
    pub(super) fn push(&mut self, record: Record<'_>) -> usize {
        let start = self.bytes.len();
        let (key, value) = (self.copy(record.key()), self.copy(record.value()));
        let (offset, timestamp, headers) = (record.offset(), record.timestamp(), headers(record));
        self.heads.push(Head { offset, timestamp, key, value, headers });
        self.bytes.len() - start
    }

    fn copy(&mut self, part: Option<&[u8]>) -> Option<Range<usize>> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(part?);
        Some(start..self.bytes.len())
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.heads.clear();
    }

    /// The records, in their order. The next batch is expected to be as large; where it is not, nobody keeps the room.
    pub(super) fn take(&mut self) -> Vec<RawRecord> {
        let next = Vec::with_capacity(self.bytes.len());
        let mut bytes = std::mem::replace(&mut self.bytes, next);
        if bytes.len() < bytes.capacity() / 2 {
            bytes.shrink_to_fit();
        }
        let bytes = Bytes::from(bytes);
        let record = |head: Head| RawRecord {
            offset: head.offset,
            timestamp: head.timestamp,
            key: head.key.map(|range| bytes.slice(range)),
            value: head.value.map(|range| bytes.slice(range)),
            headers: head.headers,
        };
        self.heads.drain(..).map(record).collect()
    }
}

/// Copies headers. One whose name is not UTF-8 is left out: the engine knows none by such a name.
fn headers(record: Record<'_>) -> Headers {
    let mut headers = Headers::new();
    for (name, value) in record.headers() {
        match str::from_utf8(name) {
            Ok(name) => headers.push(name, value.map(Bytes::copy_from_slice)),
            Err(_) => tracing::warn!("a header whose name is not UTF-8 was left out"),
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
