//! Keys of the cases: text or null, alone or with a window.

use std::sync::Arc;

use serde_json::{Map, json};
use tillstream_topology::stores::{SharedSerde, Windowed, arc_str, nullable, session_windowed, time_windowed};

/// A bare key; `None` is a null key.
pub type Key = Option<Arc<str>>;

/// UTF-8, null as a null payload.
#[must_use]
pub fn key_serde() -> SharedSerde<Key> {
    nullable(arc_str())
}

/// What the keys of a stream look like on a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// A bare key.
    Plain,
    /// A key and a window of this size, ms.
    Time(i64),
    /// A key and a session.
    Session,
}

impl KeyKind {
    /// Adds `key` and `window` as the cases show them.
    pub fn describe(self, bytes: Option<&[u8]>, into: &mut Map<String, serde_json::Value>) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match (self, bytes) {
            (_, None) => _ = into.insert("key".to_owned(), serde_json::Value::Null),
            (Self::Plain, Some(bytes)) => _ = into.insert("key".to_owned(), text(bytes).into()),
            (Self::Time(size_ms), Some(bytes)) => {
                let (key, start) = bytes.split_last_chunk::<8>().unwrap_or((bytes, &[0; 8]));
                let start = i64::from_be_bytes(*start);
                into.insert("key".to_owned(), text(key).into());
                into.insert("window".to_owned(), json!([start, start.saturating_add(size_ms)]));
            }
            (Self::Session, Some(bytes)) => {
                let (rest, start) = bytes.split_last_chunk::<8>().unwrap_or((bytes, &[0; 8]));
                let (key, end) = rest.split_last_chunk::<8>().unwrap_or((rest, &[0; 8]));
                into.insert("key".to_owned(), text(key).into());
                into.insert("window".to_owned(), json!([i64::from_be_bytes(*start), i64::from_be_bytes(*end)]));
            }
        }
    }
}

/// What functions may ask of a key.
pub trait CaseKey: Clone + Send + Sync + 'static {
    /// The key without its window; `None` is null.
    fn bare(&self) -> Option<&str>;

    /// The key, with `@start-end` behind it if it has a window.
    fn text(&self) -> Option<String>;

    /// The serde of keys of this kind.
    fn serde(kind: KeyKind) -> SharedSerde<Self>;
}

impl CaseKey for Key {
    fn bare(&self) -> Option<&str> {
        self.as_deref()
    }

    fn text(&self) -> Option<String> {
        self.as_deref().map(str::to_owned)
    }

    fn serde(_kind: KeyKind) -> SharedSerde<Self> {
        key_serde()
    }
}

impl CaseKey for Windowed<Key> {
    fn bare(&self) -> Option<&str> {
        self.key.as_deref()
    }

    fn text(&self) -> Option<String> {
        self.key.as_deref().map(|key| format!("{key}@{}-{}", self.window.start, self.window.end))
    }

    fn serde(kind: KeyKind) -> SharedSerde<Self> {
        match kind {
            KeyKind::Plain => time_windowed(key_serde(), 0),
            KeyKind::Time(size_ms) => time_windowed(key_serde(), size_ms),
            KeyKind::Session => session_windowed(key_serde()),
        }
    }
}
