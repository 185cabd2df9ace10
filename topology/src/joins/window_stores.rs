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
}

/// Adds the stores of a join.
pub(super) fn add_stores<K: Clone + 'static, A: Clone + 'static, B: Clone + 'static>(
    state: &mut BuilderState,
    names: StoreNames,
    windows: &JoinWindows,
    joined: &StreamJoined<K, A, B>,
) -> JoinStores<K, A, B> {
    let (left, left_backend) = own_store(&joined.left_store, names.left, joined.backend, state);
    let (right, right_backend) = own_store(&joined.right_store, names.right, joined.backend, state);
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
    JoinStores { left: StoreHandle::new(left), right: StoreHandle::new(right), waiting }
}

/// Adds the store of a stream joined with itself.
pub(super) fn add_window_store<K: Clone + 'static, A: Clone + 'static, B>(
    state: &mut BuilderState,
    name: String,
    windows: &JoinWindows,
    joined: &StreamJoined<K, A, B>,
) -> StoreHandle<WindowStore<K, A>> {
    let (name, backend) = own_store(&joined.left_store, name, joined.backend, state);
    let options = options(state, &name, backend, joined.logging);
    state.add_store(Arc::new(window_builder(options, windows, &joined.key, &joined.left)), None);
    StoreHandle::new(name)
}

/// Name and backend of a side's store: its own, else those of the join, else the topology's.
fn own_store(
    own: &Option<(String, Option<Backend>)>,
    name: String,
    backend: Option<Backend>,
    state: &BuilderState,
) -> (String, Backend) {
    let (name, own_backend) = own.clone().unwrap_or((name, None));
    (name, own_backend.or(backend).unwrap_or(state.config.backend))
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
