//! Blueprints of stores: shared by all tasks, built once in each.

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use crate::layout::Layout;
use crate::window::WindowParts;
use crate::{
    Error, KeyValueStore, ListingOrder, SharedSerde, StateStore, StoreOptions, TaskState, WindowOptions, WindowStore,
};

/// Kinds of stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreKind {
    /// [`KeyValueStore`].
    KeyValue,
    /// [`WindowStore`].
    Window,
    /// [`SessionStore`](crate::SessionStore).
    Session,
}

/// A store of one task, seen from both sides.
pub struct BuiltStore {
    /// `Rc<RefCell<KeyValueStore<K, V>>>`, or as it is for the other kinds, for `downcast`.
    pub typed: Rc<dyn Any>,
    /// The same store, for commit and restore.
    pub store: Rc<RefCell<dyn StateStore>>,
}

impl BuiltStore {
    pub(crate) fn new<S: StateStore + 'static>(store: S) -> Self {
        let store = Rc::new(RefCell::new(store));
        Self { typed: Rc::clone(&store) as Rc<dyn Any>, store }
    }
}

impl fmt::Debug for BuiltStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BuiltStore").field("name", &self.store.borrow().name()).finish_non_exhaustive()
    }
}

/// Builds a store for each task.
pub trait StoreBuilder: Send + Sync {
    /// Name of the store.
    fn name(&self) -> &str {
        &self.options().name
    }

    /// Its settings.
    fn options(&self) -> &StoreOptions;

    /// Its kind.
    fn kind(&self) -> StoreKind;

    /// Its windows, if it is a window store.
    fn windows(&self) -> Option<WindowOptions> {
        None
    }

    /// Builds the store on the committed rows in `state`, which must have been opened with this builder.
    ///
    /// # Errors
    /// [`Error::UnknownStore`], [`Error::Damaged`].
    fn build(&self, state: &TaskState) -> Result<BuiltStore, Error>;

    /// The same store with other settings.
    fn with_options(&self, options: StoreOptions) -> Arc<dyn StoreBuilder>;
}

/// Blueprint of a [`KeyValueStore`].
pub struct KeyValueBuilder<K, V> {
    /// Settings.
    pub options: StoreOptions,
    /// Serde of keys; its bytes decide the order of listings.
    pub key: SharedSerde<K>,
    /// Serde of values.
    pub value: SharedSerde<V>,
}

impl<K, V> KeyValueBuilder<K, V> {
    /// A store with the given settings and serdes.
    #[must_use]
    pub fn new(options: StoreOptions, key: SharedSerde<K>, value: SharedSerde<V>) -> Self {
        Self { options, key, value }
    }

    /// Name of the store.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.options.name
    }
}

impl<K: 'static, V: 'static> StoreBuilder for KeyValueBuilder<K, V> {
    fn options(&self) -> &StoreOptions {
        &self.options
    }

    fn kind(&self) -> StoreKind {
        StoreKind::KeyValue
    }

    fn build(&self, state: &TaskState) -> Result<BuiltStore, Error> {
        let table = state.table(&self.options.name)?;
        let (key, value) = (Arc::clone(&self.key), Arc::clone(&self.value));
        Ok(BuiltStore::new(KeyValueStore::new(&self.options, key, value, table)))
    }

    fn with_options(&self, options: StoreOptions) -> Arc<dyn StoreBuilder> {
        Arc::new(Self { options, ..self.clone() })
    }
}

impl<K, V> Clone for KeyValueBuilder<K, V> {
    fn clone(&self) -> Self {
        Self { options: self.options.clone(), key: Arc::clone(&self.key), value: Arc::clone(&self.value) }
    }
}

impl<K, V> fmt::Debug for KeyValueBuilder<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyValueBuilder").field("options", &self.options).finish_non_exhaustive()
    }
}

/// Blueprint of a [`WindowStore`].
pub struct WindowBuilder<K, V> {
    /// Settings.
    pub options: StoreOptions,
    /// Windows and how long they are kept.
    pub windows: WindowOptions,
    /// Order of listings.
    pub order: ListingOrder,
    /// Serde of keys.
    pub key: SharedSerde<K>,
    /// Serde of values.
    pub value: SharedSerde<V>,
}

impl<K, V> WindowBuilder<K, V> {
    /// A store with the given settings and serdes that lists by time, then key.
    #[must_use]
    pub fn new(options: StoreOptions, windows: WindowOptions, key: SharedSerde<K>, value: SharedSerde<V>) -> Self {
        Self { options, windows, order: ListingOrder::default(), key, value }
    }

    /// Lists in `order`.
    #[must_use]
    pub fn listed(mut self, order: ListingOrder) -> Self {
        self.order = order;
        self
    }

    /// Name of the store.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.options.name
    }

    /// What a store of `layout` on the rows in `state` is made of.
    pub(crate) fn parts(&self, layout: Layout, state: &TaskState) -> Result<WindowParts<'_, K, V>, Error> {
        let name = &self.options.name;
        Ok(WindowParts {
            options: &self.options,
            windows: self.windows,
            layout,
            order: self.order,
            key: Arc::clone(&self.key),
            value: Arc::clone(&self.value),
            table: state.table(name)?,
            saved: state.saved_windows(name, &self.windows)?,
            expired: state.expired_counter(),
        })
    }
}

impl<K: 'static, V: 'static> StoreBuilder for WindowBuilder<K, V> {
    fn options(&self) -> &StoreOptions {
        &self.options
    }

    fn kind(&self) -> StoreKind {
        StoreKind::Window
    }

    fn windows(&self) -> Option<WindowOptions> {
        Some(self.windows)
    }

    fn build(&self, state: &TaskState) -> Result<BuiltStore, Error> {
        let layout = Layout::Window { segment_ms: self.windows.segment_ms() };
        Ok(BuiltStore::new(WindowStore::new(self.parts(layout, state)?)))
    }

    fn with_options(&self, options: StoreOptions) -> Arc<dyn StoreBuilder> {
        Arc::new(Self { options, ..self.clone() })
    }
}

impl<K, V> Clone for WindowBuilder<K, V> {
    fn clone(&self) -> Self {
        Self {
            options: self.options.clone(),
            windows: self.windows,
            order: self.order,
            key: Arc::clone(&self.key),
            value: Arc::clone(&self.value),
        }
    }
}

impl<K, V> fmt::Debug for WindowBuilder<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WindowBuilder")
            .field("options", &self.options)
            .field("windows", &self.windows)
            .finish_non_exhaustive()
    }
}
