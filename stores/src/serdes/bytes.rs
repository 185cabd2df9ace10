//! Bytes as they are, and nothing at all.

use std::sync::Arc;

use super::{Serde, SerdeError, SharedSerde, present};

struct Raw;

/// Bytes as they are.
#[must_use]
pub fn bytes() -> SharedSerde<Vec<u8>> {
    Arc::new(Raw)
}

impl Serde<Vec<u8>> for Raw {
    fn serialize(&self, value: &Vec<u8>, out: &mut Vec<u8>) -> Result<bool, SerdeError> {
        out.extend_from_slice(value);
        Ok(true)
    }

    fn deserialize(&self, bytes: Option<&[u8]>) -> Result<Vec<u8>, SerdeError> {
        present(bytes, "bytes").map(<[u8]>::to_vec)
    }
}

struct Unit;

/// An empty payload, for stores that are sets; any payload, null too, reads as `()`.
#[must_use]
pub fn unit() -> SharedSerde<()> {
    Arc::new(Unit)
}

impl Serde<()> for Unit {
    fn serialize(&self, _value: &(), _out: &mut Vec<u8>) -> Result<bool, SerdeError> {
        Ok(true)
    }

    fn deserialize(&self, _bytes: Option<&[u8]>) -> Result<(), SerdeError> {
        Ok(())
    }
}
