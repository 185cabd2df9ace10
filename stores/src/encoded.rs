//! Encoded rows, side by side in one buffer that table and changelog share.

use std::ops::Range;

use bytes::Bytes;

use crate::Headers;

/// Rows of one commit. They are written in key order: into a sorted memtable neighbours go in at half the cost.
pub(crate) struct Encoded {
    bytes: Vec<u8>,
    rows: Vec<EncodedRow>,
}

/// Where a row lies in the buffer, and what its changelog record says beside.
pub(crate) struct EncodedRow {
    key: Range<usize>,
    value: Option<Range<usize>>,
    pub(crate) time: i64,
    pub(crate) headers: Headers,
}

/// A guess at the size of a row, to grow the buffer seldom.
const ROW_BYTES: usize = 64;

impl Encoded {
    pub(crate) fn with_capacity(rows: usize) -> Self {
        Self { bytes: Vec::with_capacity(rows * ROW_BYTES), rows: Vec::with_capacity(rows) }
    }

    pub(crate) fn push(&mut self, key: &[u8], value: Option<&[u8]>, time: i64, headers: Headers) {
        let key = self.append(key);
        let value = value.map(|value| self.append(value));
        self.rows.push(EncodedRow { key, value, time, headers });
    }

    fn append(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        start..self.bytes.len()
    }

    /// The buffer, and the rows in the order they were added.
    pub(crate) fn finish(self) -> (Bytes, Vec<EncodedRow>) {
        (self.bytes.into(), self.rows)
    }
}

impl EncodedRow {
    /// The key and the value in `bytes`; no value deletes.
    pub(crate) fn slices<'a>(&self, bytes: &'a [u8]) -> (&'a [u8], Option<&'a [u8]>) {
        let slice = |range: &Range<usize>| bytes.get(range.clone()).unwrap_or_default();
        (slice(&self.key), self.value.as_ref().map(slice))
    }
}
