//! Rows of committed stores, wherever in this process their task is.

use std::sync::Arc;

use tillstream_runtime::StoreQuery;
use tillstream_runtime::query::TaskView;
use tillstream_stores::{Error, KeyValueView, SharedSerde, WindowView, arc_str};

use super::ReadError;

/// Rows of a task read at a time: a snapshot is held no longer than it takes to read these.
const CHUNK: usize = 1_000;

/// The tasks that hold `store`, all of them.
pub(crate) fn holders(query: &StoreQuery, store: &str) -> Result<Vec<Arc<TaskView>>, ReadError> {
    query.all_holders(store).ok_or_else(|| unavailable(store))
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

/// Shows all rows of a task's key-value store whose keys are texts, by key; a chunk is as of one commit.
pub(crate) fn for_each<V>(
    task: &TaskView,
    store: &str,
    value: &SharedSerde<V>,
    mut visit: impl FnMut(Arc<str>, V),
) -> Result<(), ReadError> {
    let mut from: Option<Arc<str>> = None;
    loop {
        let chunk =
            key_values(task, store, arc_str(), Arc::clone(value), |view| view.range(from.as_ref(), None, CHUNK))?;
        let complete = chunk.len() < CHUNK;
        for (key, row) in chunk {
            // The first key behind the last one read: no text sorts between it and itself followed by a zero byte.
            from = Some(format!("{key}\0").into());
            visit(key, row.value);
        }
        if complete {
            return Ok(());
        }
    }
}
