//! Bytes of a [`Change`] in the repartition topic of a grouped table (KS-20).

use std::sync::Arc;

use tillstream_stores::{Serde, SerdeError, SharedSerde};

use crate::table::Change;

const OLD: u8 = 0;
const NEW: u8 = 1;
const BOTH: u8 = 2;
/// Added to the tags above where a byte that says "is the latest" stands before the tag; read, never written.
const LATEST: u8 = 3;

/// `old 0x00`, `new 0x01`, or `varint(len new) new old 0x02`.
pub(super) struct ChangeSerde<V>(SharedSerde<V>);

impl<V: 'static> ChangeSerde<V> {
    pub(super) fn shared(inner: SharedSerde<V>) -> SharedSerde<Change<V>> {
        Arc::new(Self(inner))
    }
}

impl<V> Serde<Change<V>> for ChangeSerde<V> {
    fn serialize(&self, change: &Change<V>, out: &mut Vec<u8>) -> Result<bool, SerdeError> {
        let tag = match (&change.new, &change.old) {
            (Some(new), None) => {
                self.0.serialize(new, out)?;
                NEW
            }
            (None, Some(old)) => {
                self.0.serialize(old, out)?;
                OLD
            }
            (Some(new), Some(old)) => {
                let mut bytes = Vec::new();
                self.0.serialize(new, &mut bytes)?;
                write_varint(bytes.len(), out)?;
                out.extend_from_slice(&bytes);
                self.0.serialize(old, out)?;
                BOTH
            }
            (None, None) => return Err(SerdeError::new("null_value", "a change of a table without old and new value")),
        };
        out.push(tag);
        Ok(true)
    }

    fn deserialize(&self, bytes: Option<&[u8]>) -> Result<Change<V>, SerdeError> {
        let malformed = || SerdeError::new("malformed_change", "these bytes are no change of a table");
        let (tag, rest) = bytes.and_then(<[u8]>::split_last).ok_or_else(malformed)?;
        let (tag, rest) = match tag.checked_sub(LATEST) {
            Some(tag) => (tag, rest.split_last().ok_or_else(malformed)?.1),
            None => (*tag, rest),
        };
        let read = |bytes: &[u8]| self.0.deserialize(Some(bytes)).map(Some);
        match tag {
            OLD => Ok(Change { new: None, old: read(rest)? }),
            NEW => Ok(Change { new: read(rest)?, old: None }),
            BOTH => {
                let (length, rest) = read_varint(rest).ok_or_else(malformed)?;
                let (new, old) = rest.split_at_checked(length).ok_or_else(malformed)?;
                Ok(Change { new: read(new)?, old: read(old)? })
            }
            _ => Err(malformed()),
        }
    }
}

/// Kafka's zig-zag varint.
fn write_varint(length: usize, out: &mut Vec<u8>) -> Result<(), SerdeError> {
    let length = i32::try_from(length).map_err(|_| SerdeError::new("too_large", "a value of more than 2 GiB"))?;
    let mut rest = u64::from(length.unsigned_abs()) << 1;
    while rest >= 0x80 {
        out.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
    Ok(())
}

fn read_varint(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0_u64;
    for (index, byte) in bytes.iter().enumerate().take(5) {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            // An odd number is a negative length.
            let length = (value & 1 == 0).then_some(value >> 1)?;
            return Some((usize::try_from(length).ok()?, bytes.get(index + 1..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use tillstream_stores::utf8;

    fn change(new: Option<&str>, old: Option<&str>) -> Change<String> {
        Change { new: new.map(str::to_owned), old: old.map(str::to_owned) }
    }

    fn bytes(change: &Change<String>) -> Vec<u8> {
        let mut out = Vec::new();
        assert!(ChangeSerde::shared(utf8()).serialize(change, &mut out).unwrap());
        out
    }

    /// Bytes recorded from Kafka Streams (`kv-aggregates/table-group-by-repartition-bytes`).
    #[test]
    fn ks_20_old_and_new_stand_before_a_tag() {
        let serde = ChangeSerde::shared(utf8());
        let cases = [
            (change(Some("\"xx\""), None), b"\"xx\"\x01".to_vec()),
            (change(Some("\"xy\""), Some("\"xx\"")), b"\x08\"xy\"\"xx\"\x02".to_vec()),
            (change(None, Some("\"xy\"")), b"\"xy\"\x00".to_vec()),
        ];
        for (change, expected) in cases {
            assert_eq!(bytes(&change), expected);
            assert_eq!(serde.deserialize(Some(&expected)).unwrap(), change);
        }
    }

    #[test]
    fn ks_20_the_form_with_a_latest_byte_is_read() {
        let serde = ChangeSerde::shared(utf8());
        assert_eq!(serde.deserialize(Some(b"a\x01\x03")).unwrap(), change(None, Some("a")));
        assert_eq!(serde.deserialize(Some(b"a\x01\x04")).unwrap(), change(Some("a"), None));
        assert_eq!(serde.deserialize(Some(b"\x02ab\x01\x05")).unwrap(), change(Some("a"), Some("b")));
    }

    #[test]
    fn long_values_and_garbage() {
        let serde = ChangeSerde::shared(utf8());
        let long = change(Some(&"x".repeat(300)), Some("y"));
        assert_eq!(bytes(&long)[..2], [0xd8, 0x04]);
        assert_eq!(serde.deserialize(Some(&bytes(&long))).unwrap(), long);
        for bytes in [&b""[..], b"a\x06", b"\xff\x02", b"\x08a\x02", b"\x01ab\x02"] {
            assert_eq!(serde.deserialize(Some(bytes)).unwrap_err().class(), "malformed_change");
        }
        assert!(serde.deserialize(None).is_err());
        assert!(serde.serialize(&change(None, None), &mut Vec::new()).is_err());
    }
}
