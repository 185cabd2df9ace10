//! Encoded rows, side by side in one buffer.

use std::ops::Range;

/// Rows of one commit. They are written in key order: into a sorted memtable neighbours go in at half the cost.
pub(crate) struct Encoded {
    bytes: Vec<u8>,
    rows: Vec<Row>,
}

struct Row {
    key: Range<usize>,
    value: Option<Range<usize>>,
}

/// A guess at the size of a row, to grow the buffer seldom.
const ROW_BYTES: usize = 96;

impl Encoded {
    pub(crate) fn with_capacity(rows: usize) -> Self {
        Self { bytes: Vec::with_capacity(rows * ROW_BYTES), rows: Vec::with_capacity(rows) }
    }

    pub(crate) fn push(&mut self, key: &[u8], value: Option<&[u8]>) {
        let key = self.append(key);
        let value = value.map(|value| self.append(value));
        self.rows.push(Row { key, value });
    }

    fn append(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        start..self.bytes.len()
    }

    /// Sorts by key; keys are distinct.
    pub(crate) fn sort(&mut self) {
        let bytes = &self.bytes;
        self.rows.sort_unstable_by(|a, b| bytes.get(a.key.clone()).cmp(&bytes.get(b.key.clone())));
    }

    /// Keys and values; no value deletes.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        let slice = |range: &Range<usize>| self.bytes.get(range.clone()).unwrap_or_default();
        self.rows.iter().map(move |row| (slice(&row.key), row.value.as_ref().map(slice)))
    }
}
