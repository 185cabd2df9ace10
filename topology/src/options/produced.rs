//! How results are written to a topic.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tillstream_stores::{SharedSerde, json};

use super::DefaultKey;

/// How results are written to a topic.
pub struct Produced<K, V> {
    pub(crate) key: SharedSerde<K>,
    pub(crate) value: SharedSerde<V>,
    pub(crate) name: Option<String>,
}

impl<K: DefaultKey, V: Serialize + DeserializeOwned + 'static> Produced<K, V> {
    /// Keys in their usual form, values as JSON.
    pub fn json() -> Self {
        Self::with(K::key_serde(), json())
    }
}

impl<K, V> Produced<K, V> {
    /// The given serdes.
    pub fn with(key: SharedSerde<K>, value: SharedSerde<V>) -> Self {
        Self { key, value, name: None }
    }

    /// Names the sink.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
}

impl<K, V> Clone for Produced<K, V> {
    fn clone(&self) -> Self {
        Self { key: Arc::clone(&self.key), value: Arc::clone(&self.value), name: self.name.clone() }
    }
}

impl<K, V> fmt::Debug for Produced<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Produced").field("name", &self.name).finish_non_exhaustive()
    }
}
