//! How a topic is read.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tillstream_stores::{SharedSerde, json};

use super::DefaultKey;

/// The clocks a timestamp extractor may look at, epoch milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timestamps {
    /// The record's own timestamp in the log.
    pub record: i64,
    /// The highest event time read from the partition so far; -1 before the first.
    pub partition: i64,
    /// The wall clock as handed in.
    pub wall_clock: i64,
}

/// Finds the event time of a record; an error keeps the record from moving any clock and sends it to the dead letters.
pub type TimestampExtractor<K, V> = dyn Fn(&K, &V, Timestamps) -> Result<i64, String> + Send + Sync;

/// Serdes and event time of a source.
pub struct Consumed<K, V> {
    pub(crate) key: SharedSerde<K>,
    pub(crate) value: SharedSerde<V>,
    pub(crate) extractor: Option<Arc<TimestampExtractor<K, V>>>,
    pub(crate) name: Option<String>,
}

impl<K: DefaultKey, V: Serialize + DeserializeOwned + 'static> Consumed<K, V> {
    /// Keys in their usual form, values as JSON.
    pub fn json() -> Self {
        Self::with(K::key_serde(), json())
    }
}

impl<K, V> Consumed<K, V> {
    /// The given serdes.
    pub fn with(key: SharedSerde<K>, value: SharedSerde<V>) -> Self {
        Self { key, value, extractor: None, name: None }
    }

    /// Takes the event time from the record instead of the log's timestamp.
    #[must_use]
    pub fn timestamp(
        mut self,
        extractor: impl Fn(&K, &V, Timestamps) -> Result<i64, String> + Send + Sync + 'static,
    ) -> Self {
        self.extractor = Some(Arc::new(extractor));
        self
    }

    /// Names the source.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
}

impl<K, V> Clone for Consumed<K, V> {
    fn clone(&self) -> Self {
        Self {
            key: Arc::clone(&self.key),
            value: Arc::clone(&self.value),
            extractor: self.extractor.clone(),
            name: self.name.clone(),
        }
    }
}

impl<K, V> fmt::Debug for Consumed<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consumed").field("name", &self.name).finish_non_exhaustive()
    }
}
