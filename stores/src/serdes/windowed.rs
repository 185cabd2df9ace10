//! A key and the window it belongs to.

use std::sync::Arc;

use super::{Serde, SerdeError, SharedSerde, present};

/// Bounds of a window in epoch milliseconds: `end` is exclusive for time windows, inclusive for sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Window {
    /// First millisecond.
    pub start: i64,
    /// End.
    pub end: i64,
}

/// A key and the window it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Windowed<K> {
    /// The bare key.
    pub key: K,
    /// The window.
    pub window: Window,
}

const START_BYTES: usize = 8;
const END_AND_START_BYTES: usize = 16;

struct TimeWindowed<K> {
    inner: SharedSerde<K>,
    size_ms: i64,
}

/// The key's bytes followed by the window's start as `int64`; the end comes from `size_ms` and stops at the largest time
/// there is.
#[must_use]
pub fn time_windowed<K: 'static>(inner: SharedSerde<K>, size_ms: i64) -> SharedSerde<Windowed<K>> {
    Arc::new(TimeWindowed { inner, size_ms })
}

impl<K> Serde<Windowed<K>> for TimeWindowed<K> {
    fn serialize(&self, value: &Windowed<K>, out: &mut Vec<u8>) -> Result<bool, SerdeError> {
        if !self.inner.serialize(&value.key, out)? {
            return Ok(false);
        }
        out.extend_from_slice(&value.window.start.to_be_bytes());
        Ok(true)
    }

    fn deserialize(&self, bytes: Option<&[u8]>) -> Result<Windowed<K>, SerdeError> {
        let (key, start) = split_time(present(bytes, "a windowed key")?)?;
        let window = Window { start, end: start.saturating_add(self.size_ms) };
        Ok(Windowed { key: self.inner.deserialize(Some(key))?, window })
    }

    fn is_null(&self, value: &Windowed<K>) -> bool {
        self.inner.is_null(&value.key)
    }

    fn partition_key_length(&self, bytes: &[u8]) -> usize {
        bytes.len().saturating_sub(START_BYTES)
    }
}

struct SessionWindowed<K>(SharedSerde<K>);

/// The key's bytes followed by the session's end and then its start, each as `int64`.
#[must_use]
pub fn session_windowed<K: 'static>(inner: SharedSerde<K>) -> SharedSerde<Windowed<K>> {
    Arc::new(SessionWindowed(inner))
}

impl<K> Serde<Windowed<K>> for SessionWindowed<K> {
    fn serialize(&self, value: &Windowed<K>, out: &mut Vec<u8>) -> Result<bool, SerdeError> {
        if !self.0.serialize(&value.key, out)? {
            return Ok(false);
        }
        out.extend_from_slice(&value.window.end.to_be_bytes());
        out.extend_from_slice(&value.window.start.to_be_bytes());
        Ok(true)
    }

    fn deserialize(&self, bytes: Option<&[u8]>) -> Result<Windowed<K>, SerdeError> {
        let (rest, start) = split_time(present(bytes, "a session key")?)?;
        let (key, end) = split_time(rest)?;
        Ok(Windowed { key: self.0.deserialize(Some(key))?, window: Window { start, end } })
    }

    fn is_null(&self, value: &Windowed<K>) -> bool {
        self.0.is_null(&value.key)
    }

    fn partition_key_length(&self, bytes: &[u8]) -> usize {
        bytes.len().saturating_sub(END_AND_START_BYTES)
    }
}

fn split_time(bytes: &[u8]) -> Result<(&[u8], i64), SerdeError> {
    let (key, time) = bytes
        .split_last_chunk::<8>()
        .ok_or_else(|| SerdeError::new("wrong_length", format!("{} bytes hold no window time", bytes.len())))?;
    Ok((key, i64::from_be_bytes(*time)))
}
