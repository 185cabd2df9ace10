//! Null as a value.

use std::sync::Arc;

use super::{Serde, SerdeError, SharedSerde};

struct Nullable<T>(SharedSerde<T>);

/// A null payload is `None`, everything else what `inner` makes of it.
#[must_use]
pub fn nullable<T: 'static>(inner: SharedSerde<T>) -> SharedSerde<Option<T>> {
    Arc::new(Nullable(inner))
}

impl<T> Serde<Option<T>> for Nullable<T> {
    fn serialize(&self, value: &Option<T>, out: &mut Vec<u8>) -> Result<bool, SerdeError> {
        value.as_ref().map_or(Ok(false), |value| self.0.serialize(value, out))
    }

    fn deserialize(&self, bytes: Option<&[u8]>) -> Result<Option<T>, SerdeError> {
        bytes.map(|bytes| self.0.deserialize(Some(bytes))).transpose()
    }

    fn is_null(&self, value: &Option<T>) -> bool {
        value.as_ref().is_none_or(|value| self.0.is_null(value))
    }

    fn partition_key_length(&self, bytes: &[u8]) -> usize {
        self.0.partition_key_length(bytes)
    }
}
