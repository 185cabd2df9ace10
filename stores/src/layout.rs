//! Bytes of keys: in the table and in the changelog.

use crate::Window;
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
    /// Changelog: `key + int64 end + int64 start` (KS-14). Table: the same behind the segment of the end.
    Session {
        /// Length of a segment.
        segment_ms: i64,
    },
}

const SEGMENT_BYTES: usize = 8;
const TIME_BYTES: usize = 8;
const SEQ_BYTES: usize = 4;

impl Layout {
    /// Replaces `out` by the table's key of `row`.
    pub(crate) fn table_key(self, key: &[u8], row: RowId, out: &mut Vec<u8>) {
        out.clear();
        if let Self::Window { segment_ms } | Self::Session { segment_ms } = self {
            out.extend_from_slice(&segment_of(row.time, segment_ms).to_be_bytes());
        }
        self.append_changelog_key(key, row, out);
    }

    /// The changelog's part of a table's key.
    pub(crate) fn changelog_key(self, table_key: &[u8]) -> &[u8] {
        match self {
            Self::KeyValue => table_key,
            Self::Window { .. } | Self::Session { .. } => table_key.get(SEGMENT_BYTES..).unwrap_or_default(),
        }
    }

    /// Splits a changelog key into the bare key and the row; `None` if it is too short.
    pub(crate) fn split(self, changelog_key: &[u8]) -> Option<(&[u8], RowId)> {
        let (rest, seq) = match self {
            Self::KeyValue => return Some((changelog_key, RowId::ONLY)),
            Self::Window { .. } => {
                let (rest, seq) = changelog_key.split_last_chunk::<SEQ_BYTES>()?;
                (rest, i64::from(u32::from_be_bytes(*seq)))
            }
            Self::Session { .. } => {
                let (rest, start) = changelog_key.split_last_chunk::<TIME_BYTES>()?;
                (rest, i64::from_be_bytes(*start))
            }
        };
        let (key, time) = rest.split_last_chunk::<TIME_BYTES>()?;
        Some((key, RowId { time: i64::from_be_bytes(*time), seq }))
    }

    /// The window of a row of a store with windows of `size_ms`, or of a session.
    pub(crate) fn window(self, row: RowId, size_ms: i64) -> Window {
        match self {
            Self::Session { .. } => Window { start: row.seq, end: row.time },
            Self::KeyValue | Self::Window { .. } => Window { start: row.time, end: row.time.saturating_add(size_ms) },
        }
    }

    fn append_changelog_key(self, key: &[u8], row: RowId, out: &mut Vec<u8>) {
        out.extend_from_slice(key);
        match self {
            Self::KeyValue => {}
            Self::Window { .. } => {
                out.extend_from_slice(&row.time.to_be_bytes());
                // Numbers of duplicates have 31 bits.
                out.extend_from_slice(&(row.seq as u32).to_be_bytes());
            }
            Self::Session { .. } => {
                out.extend_from_slice(&row.time.to_be_bytes());
                out.extend_from_slice(&row.seq.to_be_bytes());
            }
        }
    }
}

/// The segment in which rows of `time` lie.
pub(crate) fn segment_of(time: i64, segment_ms: i64) -> i64 {
    time.max(0) / segment_ms.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn window_keys_are_those_of_kafka_behind_their_segment() {
        let layout = Layout::Window { segment_ms: 60_000 };
        let row = RowId { time: 120_001, seq: 7 };
        let mut key = vec![1];
        layout.table_key(b"ab", row, &mut key);
        assert_eq!(key, b"\0\0\0\0\0\0\0\x02ab\0\0\0\0\0\x01\xd4\xc1\0\0\0\x07");
        let logged = layout.changelog_key(&key);
        assert_eq!(logged, b"ab\0\0\0\0\0\x01\xd4\xc1\0\0\0\x07");
        assert_eq!(layout.split(logged), Some((&b"ab"[..], row)));
        assert_eq!(layout.split(b"too short"), None);
    }

    #[test]
    fn session_keys_are_those_of_kafka_behind_the_segment_of_their_end() {
        let layout = Layout::Session { segment_ms: 60_000 };
        let row = RowId { time: 120_001, seq: 5 };
        let mut key = Vec::new();
        layout.table_key(b"ab", row, &mut key);
        assert_eq!(key, b"\0\0\0\0\0\0\0\x02ab\0\0\0\0\0\x01\xd4\xc1\0\0\0\0\0\0\0\x05");
        assert_eq!(layout.split(layout.changelog_key(&key)), Some((&b"ab"[..], row)));
        assert_eq!(layout.window(row, 0), Window { start: 5, end: 120_001 });
    }

    #[test]
    fn key_value_keys_are_the_key() {
        let mut key = Vec::new();
        Layout::KeyValue.table_key(b"ab", RowId::ONLY, &mut key);
        assert_eq!(key, b"ab");
        assert_eq!(Layout::KeyValue.split(&key), Some((&b"ab"[..], RowId::ONLY)));
    }
}
