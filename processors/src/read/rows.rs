//! Rows of committed stores, wherever in this process their task is.

use std::sync::Arc;

use tillstream_runtime::StoreQuery;
use tillstream_runtime::query::TaskView;
use tillstream_stores::{Error, KeyValueView, SharedSerde, WindowView};

use super::ReadError;

/// The tasks that hold `store`, all of them.
pub(crate) fn holders(query: &StoreQuery, store: &str) -> Result<Vec<Arc<TaskView>>, ReadError> {
    let holders = query.holders(store);
    let complete = query.partitions(store).is_some_and(|expected| holders.len() as u64 == u64::from(expected));
    if complete { Ok(holders) } else { Err(unavailable(store)) }
}

/// The task that holds the rows of `key` in `store`.
pub(crate) fn holder_of(query: &StoreQuery, store: &str, key: &str) -> Result<Arc<TaskView>, ReadError> {
    query.holder_of(store, key.as_bytes()).ok_or_else(|| unavailable(store))
}

fn unavailable(store: &str) -> ReadError {
    ReadError::Unavailable { store: store.to_owned() }
}

/// Reads a key-value store of a task.
pub(crate) fn key_values<K, V, R>(
    task: &TaskView,
    store: &str,
    key: SharedSerde<K>,
    value: SharedSerde<V>,
    read: impl FnOnce(KeyValueView<'_, K, V>) -> Result<R, Error>,
) -> Result<R, ReadError> {
    Ok(task.reader.snapshot(|snapshot| read(snapshot.key_value_view(store, key, value)?))??)
}

/// Reads a window store of a task.
pub(crate) fn windows<K, V, R>(
    task: &TaskView,
    store: &str,
    key: SharedSerde<K>,
    value: SharedSerde<V>,
    read: impl FnOnce(WindowView<'_, K, V>) -> Result<R, Error>,
) -> Result<R, ReadError> {
    Ok(task.reader.snapshot(|snapshot| read(snapshot.window_view(store, key, value)?))??)
}
