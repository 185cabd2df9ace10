//! How joins read and keep their sides.

use std::fmt;
use std::sync::Arc;

use tillstream_stores::{Backend, SharedSerde};

/// Serdes of a stream that is joined with a table, for the repartition topic it may need, and that topic's name.
pub struct Joined<K, V> {
    pub(crate) key: SharedSerde<K>,
    pub(crate) value: SharedSerde<V>,
    pub(crate) name: Option<String>,
}

impl<K, V> Joined<K, V> {
    /// The given serdes.
    pub fn with(key: SharedSerde<K>, value: SharedSerde<V>) -> Self {
        Self { key, value, name: None }
    }

    /// Names the repartition topic.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
}

impl<K, V> fmt::Debug for Joined<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Joined").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Serdes and stores of a stream-stream join.
pub struct StreamJoined<K, V1, V2> {
    pub(crate) key: SharedSerde<K>,
    pub(crate) left: SharedSerde<V1>,
    pub(crate) right: SharedSerde<V2>,
    pub(crate) store_name: Option<String>,
    pub(crate) left_store: Option<(String, Option<Backend>)>,
    pub(crate) right_store: Option<(String, Option<Backend>)>,
    pub(crate) backend: Option<Backend>,
    pub(crate) logging: bool,
}

impl<K, V1, V2> StreamJoined<K, V1, V2> {
    /// The given serdes.
    pub fn with(key: SharedSerde<K>, left: SharedSerde<V1>, right: SharedSerde<V2>) -> Self {
        Self { key, left, right, store_name: None, left_store: None, right_store: None, backend: None, logging: true }
    }

    /// Names the stores: `<name>-this-join-store` and so on (KS-7).
    #[must_use]
    pub fn store_named(mut self, name: impl Into<String>) -> Self {
        self.store_name = Some(name.into());
        self
    }

    /// A store of its own for the left side.
    #[must_use]
    pub fn left_store(mut self, name: impl Into<String>, backend: Option<Backend>) -> Self {
        self.left_store = Some((name.into(), backend));
        self
    }

    /// A store of its own for the right side.
    #[must_use]
    pub fn right_store(mut self, name: impl Into<String>, backend: Option<Backend>) -> Self {
        self.right_store = Some((name.into(), backend));
        self
    }

    /// Where the stores keep committed values.
    #[must_use]
    pub fn backend(mut self, backend: Backend) -> Self {
        self.backend = Some(backend);
        self
    }

    /// Whether changes are logged, so that the stores survive the loss of their directory.
    #[must_use]
    pub fn logging(mut self, logging: bool) -> Self {
        self.logging = logging;
        self
    }
}

impl<K, V1, V2> Clone for StreamJoined<K, V1, V2> {
    fn clone(&self) -> Self {
        Self {
            key: Arc::clone(&self.key),
            left: Arc::clone(&self.left),
            right: Arc::clone(&self.right),
            store_name: self.store_name.clone(),
            left_store: self.left_store.clone(),
            right_store: self.right_store.clone(),
            backend: self.backend,
            logging: self.logging,
        }
    }
}

impl<K, V1, V2> fmt::Debug for StreamJoined<K, V1, V2> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamJoined").field("store_name", &self.store_name).finish_non_exhaustive()
    }
}
