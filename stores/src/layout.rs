//! Bytes of keys: in the table and in the changelog.

use crate::overlay::RowId;

/// How a row's key is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// The key alone, in both.
    KeyValue,
    /// Changelog: `key + int64 start + int32 seq`. Table: the same behind `int64 segment`, so that rows that expire
    /// together lie together.
    Window {
        /// Length of a segment.
        segment_ms: i64,
    },
}

const SEGMENT_BYTES: usize = 8;
const START_BYTES: usize = 8;
const SEQ_BYTES: usize = 4;

impl Layout {
    /// Replaces `out` by the table's key of `row`.
    pub(crate) fn table_key(self, key: &[u8], row: RowId, out: &mut Vec<u8>) {
        out.clear();
        if let Self::Window { segment_ms } = self {
            out.extend_from_slice(&segment_of(row.start, segment_ms).to_be_bytes());
        }
        self.append_changelog_key(key, row, out);
    }

    /// The changelog's part of a table's key.
    pub(crate) fn changelog_key(self, table_key: &[u8]) -> &[u8] {
        match self {
            Self::KeyValue => table_key,
            Self::Window { .. } => table_key.get(SEGMENT_BYTES..).unwrap_or_default(),
        }
    }

    /// Splits a changelog key into the bare key and the row; `None` if it is too short.
    pub(crate) fn split(self, changelog_key: &[u8]) -> Option<(&[u8], RowId)> {
        match self {
            Self::KeyValue => Some((changelog_key, RowId::ONLY)),
            Self::Window { .. } => {
                let (rest, seq) = changelog_key.split_last_chunk::<SEQ_BYTES>()?;
                let (key, start) = rest.split_last_chunk::<START_BYTES>()?;
                Some((key, RowId { start: i64::from_be_bytes(*start), seq: u32::from_be_bytes(*seq) }))
            }
        }
    }

    fn append_changelog_key(self, key: &[u8], row: RowId, out: &mut Vec<u8>) {
        out.extend_from_slice(key);
        if let Self::Window { .. } = self {
            out.extend_from_slice(&row.start.to_be_bytes());
            out.extend_from_slice(&row.seq.to_be_bytes());
        }
    }
}

/// The segment in which rows of `start` lie.
pub(crate) fn segment_of(start: i64, segment_ms: i64) -> i64 {
    start.max(0) / segment_ms.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn window_keys_are_those_of_kafka_behind_their_segment() {
        let layout = Layout::Window { segment_ms: 60_000 };
        let row = RowId { start: 120_001, seq: 7 };
        let mut key = vec![1];
        layout.table_key(b"ab", row, &mut key);
        assert_eq!(key, b"\0\0\0\0\0\0\0\x02ab\0\0\0\0\0\x01\xd4\xc1\0\0\0\x07");
        let logged = layout.changelog_key(&key);
        assert_eq!(logged, b"ab\0\0\0\0\0\x01\xd4\xc1\0\0\0\x07");
        assert_eq!(layout.split(logged), Some((&b"ab"[..], row)));
        assert_eq!(layout.split(b"too short"), None);
    }

    #[test]
    fn key_value_keys_are_the_key() {
        let mut key = Vec::new();
        Layout::KeyValue.table_key(b"ab", RowId::ONLY, &mut key);
        assert_eq!(key, b"ab");
        assert_eq!(Layout::KeyValue.split(&key), Some((&b"ab"[..], RowId::ONLY)));
    }
}
