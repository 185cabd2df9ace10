//! From what an operator was told to the store it gets.

use std::sync::Arc;

use tillstream_stores::{
    Format, KeyValueBuilder, SessionBuilder, SharedSerde, StoreBuilder, StoreOptions, WindowBuilder, WindowOptions,
};

use crate::graph::{BuildError, BuilderState, NodeId, NodeKind, SharedBuilder};
use crate::options::{Materialized, TopologyConfig};
use crate::stream::KStream;
use crate::windows::{SessionWindows, TimeWindows};

impl<V> Materialized<V> {
    /// Whether the operator hands on only the last result of a key in a commit interval.
    pub(crate) fn effective_caching(&self, config: &TopologyConfig) -> bool {
        self.caching.unwrap_or(config.caching)
    }

    /// A nameless count burns a number more than other aggregations (KS-3).
    pub(crate) fn burn_name(&self, builder: &SharedBuilder, prefix: &str) {
        if self.name.is_none() {
            builder.borrow_mut().names.store(prefix);
        }
    }

    /// Options of the store; a nameless one burns a number and is called after the operator (KS-3).
    pub(crate) fn options(&self, state: &mut BuilderState, prefix: &str) -> StoreOptions {
        let name = self.name.clone().unwrap_or_else(|| state.names.store(prefix));
        StoreOptions {
            backend: self.backend.unwrap_or(state.config.backend),
            format: Format::Timestamped,
            logging: self.logging,
            caching: self.effective_caching(&state.config),
            changelog_mode: state.config.changelog_mode,
            cache_bytes: state.config.cache_bytes_per_store,
            ..StoreOptions::new(name)
        }
    }
}

impl<V: Clone + 'static> Materialized<V> {
    /// A key-value store for the result.
    pub(crate) fn key_value<K: Clone + 'static>(
        &self,
        state: &mut BuilderState,
        prefix: &str,
        key: SharedSerde<K>,
    ) -> Arc<dyn StoreBuilder> {
        Arc::new(KeyValueBuilder::new(self.options(state, prefix), key, Arc::clone(&self.value)))
    }

    /// A window store for the result; it keeps windows at least as long as they may change.
    pub(crate) fn windowed<K: Clone + 'static>(
        &self,
        state: &mut BuilderState,
        prefix: &str,
        key: SharedSerde<K>,
        windows: &TimeWindows,
    ) -> Arc<dyn StoreBuilder> {
        let options = self.options(state, prefix);
        let needed = windows.size_ms().saturating_add(windows.grace_ms());
        let retention_ms = self.retention(state, &options.name, needed, "window size");
        let windows = WindowOptions { retention_ms, window_size_ms: windows.size_ms(), retain_duplicates: false };
        Arc::new(WindowBuilder::new(options, windows, key, Arc::clone(&self.value)))
    }

    /// A session store for the result; it keeps sessions at least as long as they may change.
    pub(crate) fn sessions<K: Clone + 'static>(
        &self,
        state: &mut BuilderState,
        prefix: &str,
        key: SharedSerde<K>,
        windows: &SessionWindows,
    ) -> Arc<dyn StoreBuilder> {
        let options = StoreOptions { format: Format::Plain, ..self.options(state, prefix) };
        let retention_ms = self.retention(state, &options.name, windows.open_ms(), "inactivity gap");
        Arc::new(SessionBuilder::new(options, retention_ms, key, Arc::clone(&self.value)))
    }

    /// The retention asked for, which must be at least `needed`: `size` and grace.
    fn retention(&self, state: &mut BuilderState, store: &str, needed: i64, size: &str) -> i64 {
        let retention_ms = self.retention_ms.unwrap_or(needed);
        if retention_ms < needed {
            state.errors.push(BuildError::Invalid {
                operator: format!("store {store}"),
                message: format!("a retention of {retention_ms} ms is shorter than {size} and grace ({needed} ms)"),
            });
        }
        retention_ms
    }
}

impl<K: Clone + 'static, V: Clone + 'static> KStream<K, V> {
    /// Adds the node `name`, which keeps `store`, below this stream.
    pub(crate) fn add_stateful(&self, name: String, store: &str) -> NodeId {
        let kind = NodeKind::Processor { stores: vec![store.to_owned()] };
        self.builder.borrow_mut().add_node(name, kind, vec![self.node])
    }
}
