//! Tables seen through their stores.

use std::cell::RefCell;
use std::rc::Rc;

use tillstream_stores::{KeyValueStore, ValueAndTimestamp, WindowStore, Windowed};

use crate::graph::{StoreHandle, Wiring, WiringError};
use crate::processor::ProcessError;
use crate::table::{TableView, ValueGetter};

/// The rows of a key-value store.
pub(crate) struct KeyValueView<K, V> {
    handle: StoreHandle<KeyValueStore<K, V>>,
}

impl<K, V> KeyValueView<K, V> {
    pub(crate) fn new(handle: StoreHandle<KeyValueStore<K, V>>) -> Self {
        Self { handle }
    }
}

struct KeyValueGetter<K, V>(Rc<RefCell<KeyValueStore<K, V>>>);

impl<K: Clone + 'static, V: Clone + 'static> TableView<K, V> for KeyValueView<K, V> {
    fn getter(&self, wiring: &mut Wiring<'_>) -> Result<Box<dyn ValueGetter<K, V>>, WiringError> {
        Ok(Box::new(KeyValueGetter(wiring.store(&self.handle)?)))
    }

    fn stores(&self) -> Vec<String> {
        vec![self.handle.name().to_owned()]
    }
}

impl<K: Clone, V: Clone> ValueGetter<K, V> for KeyValueGetter<K, V> {
    fn get(&mut self, key: &K) -> Result<Option<ValueAndTimestamp<V>>, ProcessError> {
        Ok(self.0.borrow_mut().get(key)?.cloned())
    }
}

/// The rows of a window store.
pub(crate) struct WindowView<K, V> {
    handle: StoreHandle<WindowStore<K, V>>,
}

impl<K, V> WindowView<K, V> {
    pub(crate) fn new(handle: StoreHandle<WindowStore<K, V>>) -> Self {
        Self { handle }
    }
}

struct WindowGetter<K, V>(Rc<RefCell<WindowStore<K, V>>>);

impl<K: Clone + 'static, V: Clone + 'static> TableView<Windowed<K>, V> for WindowView<K, V> {
    fn getter(&self, wiring: &mut Wiring<'_>) -> Result<Box<dyn ValueGetter<Windowed<K>, V>>, WiringError> {
        Ok(Box::new(WindowGetter(wiring.store(&self.handle)?)))
    }

    fn stores(&self) -> Vec<String> {
        vec![self.handle.name().to_owned()]
    }
}

impl<K: Clone, V: Clone> ValueGetter<Windowed<K>, V> for WindowGetter<K, V> {
    fn get(&mut self, key: &Windowed<K>) -> Result<Option<ValueAndTimestamp<V>>, ProcessError> {
        Ok(self.0.borrow_mut().fetch(&key.key, key.window.start)?.cloned())
    }
}
