//! How keys and values become bytes and back.

mod bytes;
mod integers;
mod json;
mod nullable;
mod utf8;
mod windowed;

use std::sync::Arc;

pub use self::bytes::{bytes, unit};
pub use integers::{i32_be, i64_be, u64_be};
pub use json::json;
pub use nullable::nullable;
pub use utf8::{arc_str, text, utf8};
pub use windowed::{Window, Windowed, session_windowed, time_windowed};

/// Converts between `T` and bytes. Null is told apart from empty.
pub trait Serde<T>: Send + Sync {
    /// Appends the bytes of `value`; `Ok(false)` means the value is null and nothing was appended.
    ///
    /// # Errors
    /// When `value` has no byte form.
    fn serialize(&self, value: &T, out: &mut Vec<u8>) -> Result<bool, SerdeError>;

    /// Reads a value; `None` is a null payload.
    ///
    /// # Errors
    /// When the bytes are not a `T`.
    fn deserialize(&self, bytes: Option<&[u8]>) -> Result<T, SerdeError>;

    /// Whether `value` stands for null (dropped by aggregations, a delete in tables). Default: never.
    fn is_null(&self, _value: &T) -> bool {
        false
    }

    /// How many of the leading bytes of a serialised key decide its partition. Default: all; a windowed key goes where its
    /// bare key goes.
    fn partition_key_length(&self, bytes: &[u8]) -> usize {
        bytes.len()
    }
}

/// A serde shared by operators, stores and threads.
pub type SharedSerde<T> = Arc<dyn Serde<T>>;

/// Bytes that are not a value, or a value that has no bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} ({class})")]
pub struct SerdeError {
    class: &'static str,
    message: String,
}

impl SerdeError {
    /// `class` is a stable word for metrics and dead letters, such as `null_value`; `message` is for people.
    #[must_use]
    pub fn new(class: &'static str, message: impl Into<String>) -> Self {
        Self { class, message: message.into() }
    }

    /// The stable word.
    #[must_use]
    pub fn class(&self) -> &'static str {
        self.class
    }

    /// What is wrong, for people.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

/// The payload, or the error for a null where none is allowed.
fn present<'a>(bytes: Option<&'a [u8]>, expected: &str) -> Result<&'a [u8], SerdeError> {
    bytes.ok_or_else(|| SerdeError::new("null_value", format!("null where {expected} was expected")))
}

#[cfg(test)]
mod tests;
