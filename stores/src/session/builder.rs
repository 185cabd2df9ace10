//! Blueprint of a session store.

use std::fmt;
use std::sync::Arc;

use super::SessionStore;
use crate::layout::Layout;
use crate::{
    BuiltStore, Error, ListingOrder, SharedSerde, StoreBuilder, StoreKind, StoreOptions, TaskState, WindowBuilder,
    WindowOptions,
};

/// Blueprint of a [`SessionStore`]: of a window store whose rows lie at the end of their session.
pub struct SessionBuilder<K, V>(WindowBuilder<K, V>);

impl<K, V> SessionBuilder<K, V> {
    /// A store with the given settings and serdes that lists by end, then key. Sessions whose end lies `retention_ms`
    /// milliseconds, or further, behind the newest end are gone.
    #[must_use]
    pub fn new(options: StoreOptions, retention_ms: i64, key: SharedSerde<K>, value: SharedSerde<V>) -> Self {
        let times = WindowOptions { retention_ms, window_size_ms: 0, retain_duplicates: false };
        Self(WindowBuilder::new(options, times, key, value))
    }

    /// Lists in `order`.
    #[must_use]
    pub fn listed(self, order: ListingOrder) -> Self {
        Self(self.0.listed(order))
    }

    /// Name of the store.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.name()
    }
}

impl<K: 'static, V: 'static> StoreBuilder for SessionBuilder<K, V> {
    fn options(&self) -> &StoreOptions {
        &self.0.options
    }

    fn kind(&self) -> StoreKind {
        StoreKind::Session
    }

    fn windows(&self) -> Option<WindowOptions> {
        Some(self.0.windows)
    }

    fn build(&self, state: &TaskState) -> Result<BuiltStore, Error> {
        let layout = Layout::Session { segment_ms: self.0.windows.segment_ms() };
        Ok(BuiltStore::new(SessionStore::new(self.0.parts(layout, state)?)))
    }

    fn with_options(&self, options: StoreOptions) -> Arc<dyn StoreBuilder> {
        Arc::new(Self(WindowBuilder { options, ..self.0.clone() }))
    }
}

impl<K, V> Clone for SessionBuilder<K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K, V> fmt::Debug for SessionBuilder<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SessionBuilder").field(&self.0).finish()
    }
}
