//! The stores that hold a table's rows: by key, or by key and window.

use std::sync::Arc;

use tillstream_stores::{Error, Flushed, Headers, KeyValueStore, ValueAndTimestamp, WindowStore, Windowed};

use crate::graph::StoreHandle;
use crate::processor::ProcessError;
use crate::store_view::{KeyValueView, WindowView};
use crate::table::TableView;

/// A store of the rows of a table with keys `K`.
pub(crate) trait RowStore<K, V>: Sized {
    /// Changes a row as of `timestamp` by `change`, which gets its present value and is not called if its window has expired.
    fn update_row(
        &mut self,
        key: &K,
        timestamp: i64,
        headers: &Headers,
        change: impl FnOnce(Option<ValueAndTimestamp<V>>) -> Result<Option<ValueAndTimestamp<V>>, ProcessError>,
    ) -> Result<(), ProcessError>;

    /// Rows written since the last flush.
    fn take_flushed(&mut self) -> Result<Vec<Flushed<K, V>>, Error>;

    /// The store as those see it who look its rows up.
    fn view(handle: StoreHandle<Self>) -> Arc<dyn TableView<K, V>>;
}

impl<K: Clone + 'static, V: Clone + 'static> RowStore<K, V> for KeyValueStore<K, V> {
    fn update_row(
        &mut self,
        key: &K,
        timestamp: i64,
        headers: &Headers,
        change: impl FnOnce(Option<ValueAndTimestamp<V>>) -> Result<Option<ValueAndTimestamp<V>>, ProcessError>,
    ) -> Result<(), ProcessError> {
        self.at(timestamp).update(key, headers, change)
    }

    fn take_flushed(&mut self) -> Result<Vec<Flushed<K, V>>, Error> {
        self.take_flush()
    }

    fn view(handle: StoreHandle<Self>) -> Arc<dyn TableView<K, V>> {
        Arc::new(KeyValueView::new(handle))
    }
}

impl<K: Clone + 'static, V: Clone + 'static> RowStore<Windowed<K>, V> for WindowStore<K, V> {
    fn update_row(
        &mut self,
        key: &Windowed<K>,
        timestamp: i64,
        headers: &Headers,
        change: impl FnOnce(Option<ValueAndTimestamp<V>>) -> Result<Option<ValueAndTimestamp<V>>, ProcessError>,
    ) -> Result<(), ProcessError> {
        self.at(timestamp).update(&key.key, key.window.start, headers, change).map(|_| ())
    }

    fn take_flushed(&mut self) -> Result<Vec<Flushed<Windowed<K>, V>>, Error> {
        self.take_flush()
    }

    fn view(handle: StoreHandle<Self>) -> Arc<dyn TableView<Windowed<K>, V>> {
        Arc::new(WindowView::new(handle))
    }
}
