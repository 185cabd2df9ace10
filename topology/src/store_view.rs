//! Tables seen through their stores.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tillstream_stores::{KeyValueStore, SessionStore, StoreBuilder, WindowStore, Windowed};

use crate::graph::{BuilderState, NodeId, StoreHandle, Wiring, WiringError};
use crate::processor::ProcessError;
use crate::table::{ShownRow, TableView, ValueGetter};

/// The rows of a key-value store.
pub(crate) struct KeyValueView<K, V> {
    handle: StoreHandle<KeyValueStore<K, V>>,
}

impl<K, V> KeyValueView<K, V> {
    pub(crate) fn new(handle: StoreHandle<KeyValueStore<K, V>>) -> Self {
        Self { handle }
    }
}

/// A task's instance of a store.
type Instance<K, V> = Rc<RefCell<KeyValueStore<K, V>>>;

struct KeyValueGetter<K, V>(Instance<K, V>);

impl<K: Clone + 'static, V: Clone + 'static> TableView<K, V> for KeyValueView<K, V> {
    fn getter(&self, wiring: &mut Wiring<'_>) -> Result<Box<dyn ValueGetter<K, V>>, WiringError> {
        Ok(Box::new(KeyValueGetter(wiring.store(&self.handle)?)))
    }

    fn stores(&self) -> Vec<String> {
        vec![self.handle.name().to_owned()]
    }
}

impl<K: Clone, V: Clone> ValueGetter<K, V> for KeyValueGetter<K, V> {
    fn read(&mut self, key: &K, visit: &mut ShownRow<'_, V>) -> Result<(), ProcessError> {
        visit(self.0.borrow_mut().get(key)?.map(|row| (&row.value, row.timestamp)));
        Ok(())
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
    fn read(&mut self, key: &Windowed<K>, visit: &mut ShownRow<'_, V>) -> Result<(), ProcessError> {
        visit(self.0.borrow_mut().fetch(&key.key, key.window.start)?.map(|row| (&row.value, row.timestamp)));
        Ok(())
    }
}

/// The rows of a session store.
pub(crate) struct SessionView<K, V> {
    handle: StoreHandle<SessionStore<K, V>>,
}

impl<K, V> SessionView<K, V> {
    pub(crate) fn new(handle: StoreHandle<SessionStore<K, V>>) -> Self {
        Self { handle }
    }
}

struct SessionGetter<K, V>(Rc<RefCell<SessionStore<K, V>>>);

impl<K: Clone + 'static, V: Clone + 'static> TableView<Windowed<K>, V> for SessionView<K, V> {
    fn getter(&self, wiring: &mut Wiring<'_>) -> Result<Box<dyn ValueGetter<Windowed<K>, V>>, WiringError> {
        Ok(Box::new(SessionGetter(wiring.store(&self.handle)?)))
    }

    fn stores(&self) -> Vec<String> {
        vec![self.handle.name().to_owned()]
    }
}

impl<K: Clone, V: Clone> ValueGetter<Windowed<K>, V> for SessionGetter<K, V> {
    fn read(&mut self, key: &Windowed<K>, visit: &mut ShownRow<'_, V>) -> Result<(), ProcessError> {
        let window = key.window;
        // A session's value has the time of the session.
        let mut store = self.0.borrow_mut();
        visit(store.fetch_session(&key.key, window.start, window.end)?.map(|row| (&row.value, window.end)));
        Ok(())
    }
}

/// The store of a table that is read from a topic or made of a stream: kept only once somebody needs it, because a table
/// that is merely passed on needs none.
pub(crate) struct LazyStore<K, V> {
    builder: Arc<dyn StoreBuilder>,
    /// `Some`: the store is restored from this topic instead of a changelog of its own.
    source_topic: Option<Arc<str>>,
    node: NodeId,
    handle: StoreHandle<KeyValueStore<K, V>>,
    kept: AtomicBool,
}

impl<K, V> LazyStore<K, V> {
    /// The store of the table node `node`.
    pub(crate) fn new(builder: Arc<dyn StoreBuilder>, source_topic: Option<Arc<str>>, node: NodeId) -> Arc<Self> {
        let handle = StoreHandle::new(builder.name());
        Arc::new(Self { builder, source_topic, node, handle, kept: AtomicBool::new(false) })
    }

    /// Keeps the store from now on.
    pub(crate) fn keep(&self, state: &mut BuilderState) {
        if !self.kept.swap(true, Ordering::Relaxed) {
            state.add_store(Arc::clone(&self.builder), self.source_topic.clone());
            state.connect(self.node, self.builder.name());
        }
    }

    pub(crate) fn is_kept(&self) -> bool {
        self.kept.load(Ordering::Relaxed)
    }
}

impl<K: 'static, V: 'static> LazyStore<K, V> {
    /// The task's instance, if the store is kept.
    pub(crate) fn instance(&self, wiring: &Wiring<'_>) -> Result<Option<Instance<K, V>>, WiringError> {
        self.is_kept().then(|| wiring.store(&self.handle)).transpose()
    }
}

/// The rows of a [`LazyStore`].
pub(crate) struct LazyView<K, V>(pub(crate) Arc<LazyStore<K, V>>);

impl<K: Clone + 'static, V: Clone + 'static> TableView<K, V> for LazyView<K, V> {
    fn getter(&self, wiring: &mut Wiring<'_>) -> Result<Box<dyn ValueGetter<K, V>>, WiringError> {
        Ok(Box::new(KeyValueGetter(wiring.store(&self.0.handle)?)))
    }

    fn stores(&self) -> Vec<String> {
        vec![self.0.handle.name().to_owned()]
    }

    fn require(&self, state: &mut BuilderState) {
        self.0.keep(state);
    }
}
