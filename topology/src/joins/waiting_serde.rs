//! Bytes of the rows that wait for a partner (KS-22).

use std::sync::Arc;

use tillstream_stores::{Serde, SerdeError, SharedSerde};

/// Which side of a join a record came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

/// Names the records of one time, side and key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WaitingKey<K> {
    /// Event time, epoch ms.
    pub(super) time: i64,
    pub(super) side: Side,
    /// `None` only in the bounds of a range: before all keys.
    pub(super) key: Option<K>,
}

impl<K> WaitingKey<K> {
    /// A bound before all rows of `time`.
    pub(super) fn first_at(time: i64) -> Self {
        Self { time, side: Side::Right, key: None }
    }
}

/// `int64 time`, byte 1 (left) or 0 (right), key.
pub(super) struct WaitingKeySerde<K>(SharedSerde<K>);

impl<K: 'static> WaitingKeySerde<K> {
    pub(super) fn shared(key: SharedSerde<K>) -> SharedSerde<WaitingKey<K>> {
        Arc::new(Self(key))
    }
}

fn malformed() -> SerdeError {
    SerdeError::new("malformed_join_row", "these bytes are no row of an outer join's waiting set")
}

fn side_of(byte: u8) -> Result<Side, SerdeError> {
    match byte {
        0 => Ok(Side::Right),
        1 => Ok(Side::Left),
        _ => Err(malformed()),
    }
}

impl<K> Serde<WaitingKey<K>> for WaitingKeySerde<K> {
    fn serialize(&self, row: &WaitingKey<K>, out: &mut Vec<u8>) -> Result<bool, SerdeError> {
        out.extend_from_slice(&row.time.to_be_bytes());
        out.push(u8::from(row.side == Side::Left));
        if let Some(key) = &row.key {
            self.0.serialize(key, out)?;
        }
        Ok(true)
    }

    fn deserialize(&self, bytes: Option<&[u8]>) -> Result<WaitingKey<K>, SerdeError> {
        let (time, rest) = bytes.and_then(<[u8]>::split_first_chunk).ok_or_else(malformed)?;
        let (side, key) = rest.split_first().ok_or_else(malformed)?;
        let key = Some(self.0.deserialize(Some(key))?);
        Ok(WaitingKey { time: i64::from_be_bytes(*time), side: side_of(*side)?, key })
    }
}

/// A record that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Waiting<A, B> {
    Left(A),
    Right(B),
}

/// Byte 1 (sizes vary), `int32` count, then for each record `int32` length and byte 1 (left) or 0 (right) with the value.
pub(super) struct WaitingListSerde<A, B> {
    pub(super) left: SharedSerde<A>,
    pub(super) right: SharedSerde<B>,
}

const SIZES_VARY: u8 = 1;

fn int32(length: usize) -> Result<[u8; 4], SerdeError> {
    let length = i32::try_from(length).map_err(|_| SerdeError::new("too_large", "a value of more than 2 GiB"))?;
    Ok(length.to_be_bytes())
}

fn read_int32(bytes: &[u8]) -> Result<(usize, &[u8]), SerdeError> {
    let (length, rest) = bytes.split_first_chunk().ok_or_else(malformed)?;
    let length = usize::try_from(i32::from_be_bytes(*length)).map_err(|_| malformed())?;
    Ok((length, rest))
}

impl<A, B> Serde<Vec<Waiting<A, B>>> for WaitingListSerde<A, B> {
    fn serialize(&self, rows: &Vec<Waiting<A, B>>, out: &mut Vec<u8>) -> Result<bool, SerdeError> {
        out.push(SIZES_VARY);
        out.extend_from_slice(&int32(rows.len())?);
        let mut entry = Vec::new();
        for row in rows {
            entry.clear();
            match row {
                Waiting::Left(value) => {
                    entry.push(1);
                    self.left.serialize(value, &mut entry)?;
                }
                Waiting::Right(value) => {
                    entry.push(0);
                    self.right.serialize(value, &mut entry)?;
                }
            }
            out.extend_from_slice(&int32(entry.len())?);
            out.extend_from_slice(&entry);
        }
        Ok(true)
    }

    fn deserialize(&self, bytes: Option<&[u8]>) -> Result<Vec<Waiting<A, B>>, SerdeError> {
        let (SIZES_VARY, rest) =
            bytes.and_then(<[u8]>::split_first).map(|(first, rest)| (*first, rest)).ok_or_else(malformed)?
        else {
            return Err(malformed());
        };
        let (count, mut rest) = read_int32(rest)?;
        let mut rows = Vec::new();
        for _ in 0..count {
            let (length, after) = read_int32(rest)?;
            let (entry, after) = after.split_at_checked(length).ok_or_else(malformed)?;
            let (side, value) = entry.split_first().ok_or_else(malformed)?;
            rows.push(match side_of(*side)? {
                Side::Left => Waiting::Left(self.left.deserialize(Some(value))?),
                Side::Right => Waiting::Right(self.right.deserialize(Some(value))?),
            });
            rest = after;
        }
        if rest.is_empty() { Ok(rows) } else { Err(malformed()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tillstream_stores::utf8;

    /// Bytes recorded from Kafka Streams (`joins-stream-stream/outer-shared-changelog`).
    #[test]
    fn ks_22_rows_have_the_bytes_of_kafka_streams() {
        let keys = WaitingKeySerde::shared(utf8());
        let key = WaitingKey { time: 1, side: Side::Right, key: Some("b".to_owned()) };
        let mut out = Vec::new();
        assert!(keys.serialize(&key, &mut out).unwrap());
        assert_eq!(out, b"\0\0\0\0\0\0\0\x01\0b");
        assert_eq!(keys.deserialize(Some(&out)).unwrap(), key);

        let lists = WaitingListSerde { left: utf8(), right: utf8() };
        let rows = vec![Waiting::Left("1".to_owned()), Waiting::Left("3".to_owned())];
        let mut out = Vec::new();
        assert!(lists.serialize(&rows, &mut out).unwrap());
        assert_eq!(out, b"\x01\0\0\0\x02\0\0\0\x02\x011\0\0\0\x02\x013");
        assert_eq!(lists.deserialize(Some(&out)).unwrap(), rows);
    }

    #[test]
    fn garbage_is_an_error() {
        let lists = WaitingListSerde { left: utf8(), right: utf8() };
        for bytes in [&b""[..], b"\x02\0\0\0\0", b"\x01\0\0\0\x01", b"\x01\0\0\0\x01\0\0\0\x02\x01", b"\x01\0\0\0\0x"] {
            assert_eq!(lists.deserialize(Some(bytes)).unwrap_err().class(), "malformed_join_row");
        }
        let keys = WaitingKeySerde::shared(utf8());
        assert!(keys.deserialize(Some(b"\0\0\0\0\0\0\0\x01\x02b")).is_err());
        assert!(keys.deserialize(Some(b"short")).is_err());
    }
}
