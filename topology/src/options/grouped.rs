//! How records are grouped: the serdes of a repartition topic, should one be needed, and its name.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tillstream_stores::{SharedSerde, json};

use super::DefaultKey;

/// How records are grouped: the serdes of a repartition topic, should one be needed, and its name.
pub struct Grouped<K, V> {
    pub(crate) key: SharedSerde<K>,
    pub(crate) value: SharedSerde<V>,
    pub(crate) name: Option<String>,
}

impl<K: DefaultKey, V: Serialize + DeserializeOwned + 'static> Grouped<K, V> {
    /// Keys in their usual form, values as JSON.
    pub fn json() -> Self {
        Self::with(K::key_serde(), json())
    }
}

impl<K, V> Grouped<K, V> {
    /// The given serdes.
    pub fn with(key: SharedSerde<K>, value: SharedSerde<V>) -> Self {
        Self { key, value, name: None }
    }

    /// Names the repartition topic: `<application.id>-<name>-repartition`.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
}

impl<K, V> Clone for Grouped<K, V> {
    fn clone(&self) -> Self {
        Self { key: Arc::clone(&self.key), value: Arc::clone(&self.value), name: self.name.clone() }
    }
}

impl<K, V> fmt::Debug for Grouped<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grouped").field("name", &self.name).finish_non_exhaustive()
    }
}
