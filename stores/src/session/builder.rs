//! Blueprint of a session store.

use std::fmt;
use std::sync::Arc;

use super::SessionStore;
use crate::layout::Layout;
use crate::window::WindowParts;
use crate::{
    BuiltStore, Error, ListingOrder, SharedSerde, StoreBuilder, StoreKind, StoreOptions, TaskState, WindowOptions,
};

/// Blueprint of a [`SessionStore`].
pub struct SessionBuilder<K, V> {
    /// Settings.
    pub options: StoreOptions,
    /// Sessions whose end lies this far, or further, behind the newest end are gone, ms.
    pub retention_ms: i64,
    /// Order of listings.
    pub order: ListingOrder,
    /// Serde of keys.
    pub key: SharedSerde<K>,
    /// Serde of values.
    pub value: SharedSerde<V>,
}

impl<K, V> SessionBuilder<K, V> {
    /// A store with the given settings and serdes that lists by end, then key.
    #[must_use]
    pub fn new(options: StoreOptions, retention_ms: i64, key: SharedSerde<K>, value: SharedSerde<V>) -> Self {
        Self { options, retention_ms, order: ListingOrder::default(), key, value }
    }

    /// Lists in `order`.
    #[must_use]
    pub fn listed(mut self, order: ListingOrder) -> Self {
        self.order = order;
        self
    }

    /// Name of the store.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.options.name
    }

    fn times(&self) -> WindowOptions {
        WindowOptions { retention_ms: self.retention_ms, window_size_ms: 0, retain_duplicates: false }
    }
}

impl<K: 'static, V: 'static> StoreBuilder for SessionBuilder<K, V> {
    fn options(&self) -> &StoreOptions {
        &self.options
    }

    fn kind(&self) -> StoreKind {
        StoreKind::Session
    }

    fn windows(&self) -> Option<WindowOptions> {
        Some(self.times())
    }

    fn build(&self, state: &TaskState) -> Result<BuiltStore, Error> {
        let name = &self.options.name;
        Ok(BuiltStore::new(SessionStore::new(WindowParts {
            options: &self.options,
            windows: self.times(),
            layout: Layout::Session { segment_ms: self.times().segment_ms() },
            order: self.order,
            key: Arc::clone(&self.key),
            value: Arc::clone(&self.value),
            table: state.table(name)?,
            times: state.window_times(name)?,
            expired: state.expired_counter(),
        })))
    }

    fn with_options(&self, options: StoreOptions) -> Arc<dyn StoreBuilder> {
        Arc::new(Self { options, ..self.clone() })
    }
}

impl<K, V> Clone for SessionBuilder<K, V> {
    fn clone(&self) -> Self {
        let (key, value) = (Arc::clone(&self.key), Arc::clone(&self.value));
        Self { options: self.options.clone(), key, value, ..*self }
    }
}

impl<K, V> fmt::Debug for SessionBuilder<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionBuilder")
            .field("options", &self.options)
            .field("retention_ms", &self.retention_ms)
            .finish_non_exhaustive()
    }
}
