//! The stores of a stream–stream join: one for the records of each side, and one for those that wait (KS-7).

use std::sync::Arc;

use tillstream_stores::{
    Backend, Format, KeyValueBuilder, SharedSerde, StoreOptions, WindowBuilder, WindowOptions, WindowStore,
};

use super::waiting::WaitingStore;
use super::waiting_serde::{WaitingKeySerde, WaitingListSerde};
use crate::graph::{BuilderState, StoreHandle};
use crate::options::StreamJoined;
use crate::windows::JoinWindows;

/// Names of the stores.
pub(super) struct StoreNames {
    pub(super) left: String,
    pub(super) right: String,
    /// `None`: no record waits.
    pub(super) waiting: Option<String>,
}

/// The stores of one join.
pub(super) struct JoinStores<K, A, B> {
    pub(super) left: StoreHandle<WindowStore<K, A>>,
    pub(super) right: StoreHandle<WindowStore<K, B>>,
    pub(super) waiting: Option<StoreHandle<WaitingStore<K, A, B>>>,
    /// Whether the stores of the left and right side count what they refuse: as Kafka Streams does in memory only, because
    /// such a record was joined all the same.
    pub(super) counts_refused: (bool, bool),
}

/// Adds the stores of a join.
pub(super) fn add_stores<K: Clone + 'static, A: Clone + 'static, B: Clone + 'static>(
    state: &mut BuilderState,
    names: StoreNames,
    windows: &JoinWindows,
    joined: &StreamJoined<K, A, B>,
) -> JoinStores<K, A, B> {
    let own_backend = |own: &Option<(String, Option<Backend>)>| own.as_ref().and_then(|(_, backend)| *backend);
    let left_backend = own_backend(&joined.left_store).or(joined.backend).unwrap_or(state.config.backend);
    let right_backend = own_backend(&joined.right_store).or(joined.backend).unwrap_or(state.config.backend);
    let left = joined.left_store.as_ref().map_or(names.left, |(name, _)| name.clone());
    let right = joined.right_store.as_ref().map_or(names.right, |(name, _)| name.clone());
    let waiting = names.waiting.map(|name| {
        let key = WaitingKeySerde::shared(Arc::clone(&joined.key));
        let value = WaitingListSerde { left: Arc::clone(&joined.left), right: Arc::clone(&joined.right) };
        let options = options(state, &name, left_backend, joined.logging);
        state.add_store(Arc::new(KeyValueBuilder::new(options, key, Arc::new(value))), None);
        StoreHandle::new(name)
    });
    let (left_options, right_options) =
        (options(state, &left, left_backend, joined.logging), options(state, &right, right_backend, joined.logging));
    state.add_store(Arc::new(window_builder(left_options, windows, &joined.key, &joined.left)), None);
    state.add_store(Arc::new(window_builder(right_options, windows, &joined.key, &joined.right)), None);
    JoinStores {
        left: StoreHandle::new(left),
        right: StoreHandle::new(right),
        waiting,
        counts_refused: (left_backend == Backend::Memory, right_backend == Backend::Memory),
    }
}

fn options(state: &BuilderState, name: &str, backend: Backend, logging: bool) -> StoreOptions {
    StoreOptions {
        backend,
        // A row's time is in its key.
        format: Format::Plain,
        logging,
        caching: false,
        changelog_mode: state.config.changelog_mode,
        cache_bytes: state.config.cache_bytes_per_store,
        name: name.to_owned(),
    }
}

fn window_builder<K: 'static, V: 'static>(
    options: StoreOptions,
    windows: &JoinWindows,
    key: &SharedSerde<K>,
    value: &SharedSerde<V>,
) -> WindowBuilder<K, V> {
    let windows = WindowOptions {
        retention_ms: windows.size_ms().saturating_add(windows.grace_ms()),
        window_size_ms: windows.size_ms(),
        retain_duplicates: true,
    };
    WindowBuilder::new(options, windows, Arc::clone(key), Arc::clone(value))
}
