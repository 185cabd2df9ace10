//! Values with their timestamp, and their bytes on disk.

use crate::{Error, Format, SharedSerde};

/// A value and the event time it was last changed at, in epoch milliseconds; -1 if unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueAndTimestamp<V> {
    /// The value.
    pub value: V,
    /// Event time, epoch ms.
    pub timestamp: i64,
}

impl<V> ValueAndTimestamp<V> {
    /// `value` as of `timestamp`.
    #[must_use]
    pub fn new(value: V, timestamp: i64) -> Self {
        Self { value, timestamp }
    }
}

const TIMESTAMP_BYTES: usize = 8;

impl Format {
    /// Where the plain value begins in the disk form.
    pub(crate) fn value_offset(self) -> usize {
        match self {
            Self::Plain => 0,
            Self::Timestamped => TIMESTAMP_BYTES,
        }
    }

    /// Begins the disk form of a value of `timestamp`; the plain value is appended behind.
    pub(crate) fn begin(self, timestamp: i64, out: &mut Vec<u8>) {
        if self == Self::Timestamped {
            out.extend_from_slice(&timestamp.to_be_bytes());
        }
    }

    /// Splits the disk form into timestamp and plain value; `None` if it is too short to be one.
    pub(crate) fn split(self, disk: &[u8]) -> Option<(i64, &[u8])> {
        match self {
            Self::Plain => Some((-1, disk)),
            Self::Timestamped => disk.split_first_chunk().map(|(time, value)| (i64::from_be_bytes(*time), value)),
        }
    }
}

/// Reads and writes the disk form of one store's values.
pub(crate) struct ValueCodec<V> {
    pub(crate) store: std::sync::Arc<str>,
    pub(crate) format: Format,
    pub(crate) serde: SharedSerde<V>,
}

impl<V> ValueCodec<V> {
    pub(crate) fn decode(&self, disk: &[u8]) -> Result<ValueAndTimestamp<V>, Error> {
        let (timestamp, value) = self
            .format
            .split(disk)
            .ok_or_else(|| Error::layout(&self.store, format!("{} bytes hold no timestamp", disk.len())))?;
        let value = self.serde.deserialize(Some(value)).map_err(|error| Error::value(&self.store, error))?;
        Ok(ValueAndTimestamp { value, timestamp })
    }

    /// Replaces `out` by the disk form; `false` if the value stands for null.
    pub(crate) fn encode(&self, row: &ValueAndTimestamp<V>, out: &mut Vec<u8>) -> Result<bool, Error> {
        out.clear();
        self.format.begin(row.timestamp, out);
        self.serde.serialize(&row.value, out).map_err(|error| Error::value(&self.store, error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codec(format: Format) -> ValueCodec<String> {
        ValueCodec { store: "s".into(), format, serde: crate::utf8() }
    }

    #[test]
    fn a_timestamped_value_is_its_time_then_its_bytes() {
        let mut out = vec![9, 9];
        let row = ValueAndTimestamp::new("v".to_owned(), 258);
        assert!(codec(Format::Timestamped).encode(&row, &mut out).unwrap());
        assert_eq!(out, b"\0\0\0\0\0\0\x01\x02v");
        assert_eq!(codec(Format::Timestamped).decode(&out).unwrap(), row);
        assert!(codec(Format::Timestamped).decode(b"short").unwrap_err().is_damaged());
    }

    #[test]
    fn a_plain_value_loses_its_time() {
        let mut out = Vec::new();
        codec(Format::Plain).encode(&ValueAndTimestamp::new("v".to_owned(), 258), &mut out).unwrap();
        assert_eq!(out, b"v");
        assert_eq!(codec(Format::Plain).decode(&out).unwrap().timestamp, -1);
    }
}
