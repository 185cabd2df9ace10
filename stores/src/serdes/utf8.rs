//! Text as UTF-8.

use std::sync::Arc;

use super::{Serde, SerdeError, SharedSerde, present};

struct Utf8;

/// UTF-8 text as whatever type the program keeps text in, such as one that needs no allocation for short ones.
#[must_use]
pub fn text<T: AsRef<str> + for<'a> From<&'a str>>() -> SharedSerde<T> {
    Arc::new(Utf8)
}

/// UTF-8 text, owned.
#[must_use]
pub fn utf8() -> SharedSerde<String> {
    text()
}

/// UTF-8 text, shared: cloning copies no bytes.
#[must_use]
pub fn arc_str() -> SharedSerde<Arc<str>> {
    text()
}

impl<T: AsRef<str> + for<'a> From<&'a str>> Serde<T> for Utf8 {
    fn serialize(&self, value: &T, out: &mut Vec<u8>) -> Result<bool, SerdeError> {
        out.extend_from_slice(value.as_ref().as_bytes());
        Ok(true)
    }

    fn deserialize(&self, bytes: Option<&[u8]>) -> Result<T, SerdeError> {
        let text = std::str::from_utf8(present(bytes, "text")?)
            .map_err(|error| SerdeError::new("invalid_utf8", format!("not UTF-8: {error}")))?;
        Ok(T::from(text))
    }
}
