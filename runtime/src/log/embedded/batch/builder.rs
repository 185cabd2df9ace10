//! Makes batches out of records.

use crc32fast::Hasher;
use tillstream_stores::Headers;

use super::header::{HEADER_BYTES, Header, Producer};
use super::records::RecordView;
use super::varint;

/// Collects records until a batch is full. Offsets count from 0 while the real ones are not known yet: the commit moves
/// the finished batch to its place ([`SealedBatch::place`]).
#[derive(Debug, Default)]
pub(in super::super) struct BatchBuilder {
    bytes: Vec<u8>,
    header: Option<Header>,
    expected_bytes: usize,
}

impl BatchBuilder {
    /// Bytes collected so far, header included; 0 when there is no record.
    pub(in super::super) fn byte_size(&self) -> usize {
        if self.is_empty() { 0 } else { self.bytes.len() }
    }

    pub(in super::super) fn is_empty(&self) -> bool {
        self.header.is_none()
    }

    /// Adds a record. `offset` is above that of the record before.
    pub(in super::super) fn push(
        &mut self,
        offset: i64,
        timestamp: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &Headers,
    ) {
        self.push_plain(offset, timestamp, key, value);
        varint::put(&mut self.bytes, headers.len() as u64);
        for (name, value) in headers.iter() {
            varint::put(&mut self.bytes, name.len() as u64);
            self.bytes.extend_from_slice(name.as_bytes());
            varint::put_nullable(&mut self.bytes, value.map(AsRef::as_ref));
        }
    }

    /// Adds a record of another batch as it is, at the offset it has.
    pub(in super::super) fn push_view(&mut self, record: &RecordView<'_>) {
        self.push_plain(record.offset, record.timestamp, record.key, record.value);
        self.bytes.extend_from_slice(record.headers);
    }

    /// Raises the time from which the tombstones of this batch may be dropped.
    pub(in super::super) fn raise_delete_horizon(&mut self, horizon_ms: i64) {
        if let Some(header) = &mut self.header {
            header.delete_horizon_ms = header.delete_horizon_ms.max(Some(horizon_ms));
        }
    }

    /// The finished batch, and an empty builder that expects as much again; `None` without records.
    pub(in super::super) fn seal(&mut self) -> Option<SealedBatch> {
        let header = self.header.take()?;
        self.expected_bytes = self.bytes.len();
        let bytes = std::mem::take(&mut self.bytes);
        let mut checksum = Hasher::new();
        checksum.update(bytes.get(HEADER_BYTES..).unwrap_or_default());
        Some(SealedBatch { bytes, header, checksum })
    }

    /// Forgets the records.
    pub(in super::super) fn clear(&mut self) {
        self.header = None;
        self.bytes.clear();
    }

    fn push_plain(&mut self, offset: i64, timestamp: i64, key: Option<&[u8]>, value: Option<&[u8]>) {
        let header = match &mut self.header {
            Some(header) => header,
            none => {
                self.bytes.clear();
                self.bytes.reserve(self.expected_bytes);
                self.bytes.resize(HEADER_BYTES, 0);
                none.insert(Header::starting(offset, timestamp))
            }
        };
        // The first record has the batch's own base offset; `last_offset` stands one below it then.
        let gap = offset - header.last_offset - 1;
        header.last_offset = offset;
        header.records += 1;
        header.max_timestamp = header.max_timestamp.max(timestamp);
        let delta = timestamp.wrapping_sub(header.base_timestamp);
        varint::put(&mut self.bytes, gap.unsigned_abs());
        varint::put(&mut self.bytes, varint::zigzag(delta));
        varint::put_nullable(&mut self.bytes, key);
        varint::put_nullable(&mut self.bytes, value);
    }
}

impl Header {
    fn starting(offset: i64, timestamp: i64) -> Self {
        Self {
            base_offset: offset,
            last_offset: offset - 1,
            records: 0,
            base_timestamp: timestamp,
            max_timestamp: timestamp,
            producer: Producer::default(),
            delete_horizon_ms: None,
        }
    }
}

/// A finished batch whose offsets can still be moved: the checksum of the records is known, only that of the header is
/// made again.
#[derive(Debug)]
pub(in super::super) struct SealedBatch {
    bytes: Vec<u8>,
    header: Header,
    checksum: Hasher,
}

impl SealedBatch {
    pub(in super::super) fn byte_size(&self) -> usize {
        self.bytes.len()
    }

    pub(in super::super) fn header(&self) -> &Header {
        &self.header
    }

    /// Moves the batch so that its first record has `base_offset`, and signs it.
    pub(in super::super) fn place(&mut self, base_offset: i64, producer: Producer) {
        let shift = base_offset - self.header.base_offset;
        self.header.base_offset = base_offset;
        self.header.last_offset += shift;
        self.header.producer = producer;
        self.write_header();
    }

    /// Lets the batch end at `last_offset`, behind its last record: it stands for all that was there before.
    pub(in super::super) fn stretch_to(&mut self, last_offset: i64) {
        self.header.last_offset = last_offset;
        self.write_header();
    }

    pub(in super::super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(in super::super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn write_header(&mut self) {
        let header = self.header.encode(&self.checksum);
        if let Some(place) = self.bytes.first_chunk_mut() {
            *place = header;
        }
    }
}
