//! How a result is kept: the store behind an aggregation or a table.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tillstream_stores::{Backend, SharedSerde, json};

/// Name, value serde and kind of a store of `V`.
///
/// ```
/// use tillstream_topology::Materialized;
/// let store = Materialized::<u64>::named("orders-by-user").caching(false);
/// ```
pub struct Materialized<V> {
    pub(crate) name: Option<String>,
    pub(crate) value: SharedSerde<V>,
    pub(crate) caching: Option<bool>,
    pub(crate) logging: bool,
    pub(crate) retention_ms: Option<i64>,
    pub(crate) backend: Option<Backend>,
}

impl<V: Serialize + DeserializeOwned + 'static> Materialized<V> {
    /// A store called `name` that keeps values as JSON.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..Self::with(json()) }
    }

    /// A store with a generated name that keeps values as JSON.
    pub fn json() -> Self {
        Self::with(json())
    }
}

impl<V> Materialized<V> {
    /// A store with a generated name and the given value serde.
    pub fn with(value: SharedSerde<V>) -> Self {
        Self { name: None, value, caching: None, logging: true, retention_ms: None, backend: None }
    }

    /// A store called `name` with the given value serde.
    pub fn named_with(name: impl Into<String>, value: SharedSerde<V>) -> Self {
        Self { name: Some(name.into()), ..Self::with(value) }
    }

    /// Hand on only the last result of a key in a commit interval (`true`), or each (`false`).
    #[must_use]
    pub fn caching(mut self, caching: bool) -> Self {
        self.caching = Some(caching);
        self
    }

    /// Whether changes are logged, so that the store survives the loss of its directory.
    #[must_use]
    pub fn logging(mut self, logging: bool) -> Self {
        self.logging = logging;
        self
    }

    /// How long windows are kept, in ms of event time; at least window size and grace.
    #[must_use]
    pub fn retention_ms(mut self, retention_ms: i64) -> Self {
        self.retention_ms = Some(retention_ms);
        self
    }

    /// Where committed values are kept.
    #[must_use]
    pub fn backend(mut self, backend: Backend) -> Self {
        self.backend = Some(backend);
        self
    }
}

impl<V> Clone for Materialized<V> {
    fn clone(&self) -> Self {
        Self { name: self.name.clone(), value: Arc::clone(&self.value), ..*self }
    }
}

impl<V> fmt::Debug for Materialized<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Materialized")
            .field("name", &self.name)
            .field("caching", &self.caching)
            .field("logging", &self.logging)
            .field("retention_ms", &self.retention_ms)
            .finish_non_exhaustive()
    }
}
