//! The stores that hold a table's rows: by key, by key and window, or by key and session.

use std::sync::Arc;

use tillstream_stores::{
    Error, Flushed, Headers, KeyValueStore, SessionStore, ValueAndTimestamp, WindowStore, Windowed,
};

use crate::graph::StoreHandle;
use crate::processor::ProcessError;
use crate::store_view::{KeyValueView, SessionView, WindowView};
use crate::table::TableView;

/// A store of the rows of a table with keys `K`.
pub(crate) trait RowStore<K, V>: Sized {
    /// Rows written since the last flush.
    fn take_flushed(&mut self) -> Result<Vec<Flushed<K, V>>, Error>;

    /// The store as those see it who look its rows up.
    fn view(handle: StoreHandle<Self>) -> Arc<dyn TableView<K, V>>;
}

/// A store whose rows stay under their keys while they change.
pub(crate) trait UpdateRow<K, V>: RowStore<K, V> {
    /// Changes a row as of `timestamp` by `change`, which gets its present value and is not called if its window has expired.
    fn update_row(
        &mut self,
        key: &K,
        timestamp: i64,
        headers: &Headers,
        change: impl FnOnce(Option<ValueAndTimestamp<V>>) -> Result<Option<ValueAndTimestamp<V>>, ProcessError>,
    ) -> Result<(), ProcessError>;
}

impl<K: Clone + 'static, V: Clone + 'static> RowStore<K, V> for KeyValueStore<K, V> {
    fn take_flushed(&mut self) -> Result<Vec<Flushed<K, V>>, Error> {
        self.take_flush()
    }

    fn view(handle: StoreHandle<Self>) -> Arc<dyn TableView<K, V>> {
        Arc::new(KeyValueView::new(handle))
    }
}

impl<K: Clone + 'static, V: Clone + 'static> UpdateRow<K, V> for KeyValueStore<K, V> {
    fn update_row(
        &mut self,
        key: &K,
        timestamp: i64,
        headers: &Headers,
        change: impl FnOnce(Option<ValueAndTimestamp<V>>) -> Result<Option<ValueAndTimestamp<V>>, ProcessError>,
    ) -> Result<(), ProcessError> {
        self.at(timestamp).update(key, headers, change)
    }
}

impl<K: Clone + 'static, V: Clone + 'static> RowStore<Windowed<K>, V> for WindowStore<K, V> {
    fn take_flushed(&mut self) -> Result<Vec<Flushed<Windowed<K>, V>>, Error> {
        self.take_flush()
    }

    fn view(handle: StoreHandle<Self>) -> Arc<dyn TableView<Windowed<K>, V>> {
        Arc::new(WindowView::new(handle))
    }
}

impl<K: Clone + 'static, V: Clone + 'static> UpdateRow<Windowed<K>, V> for WindowStore<K, V> {
    fn update_row(
        &mut self,
        key: &Windowed<K>,
        timestamp: i64,
        headers: &Headers,
        change: impl FnOnce(Option<ValueAndTimestamp<V>>) -> Result<Option<ValueAndTimestamp<V>>, ProcessError>,
    ) -> Result<(), ProcessError> {
        self.at(timestamp).update(&key.key, key.window.start, headers, change).map(|_| ())
    }
}

impl<K: Clone + 'static, V: Clone + 'static> RowStore<Windowed<K>, V> for SessionStore<K, V> {
    fn take_flushed(&mut self) -> Result<Vec<Flushed<Windowed<K>, V>>, Error> {
        let mut flushed = self.take_flush()?;
        // What is told of a session happens at its end.
        flushed.iter_mut().for_each(|row| row.timestamp = row.key.window.end);
        Ok(flushed)
    }

    fn view(handle: StoreHandle<Self>) -> Arc<dyn TableView<Windowed<K>, V>> {
        Arc::new(SessionView::new(handle))
    }
}
