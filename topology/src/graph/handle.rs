//! A store's name together with its type.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// Names a store of type `S`, for example `StoreHandle<KeyValueStore<String, u64>>`. Given out by the builder, so that a
/// processor cannot ask for a store under another type:
///
/// ```compile_fail
/// use tillstream_topology::{StoreHandle, stores::KeyValueStore};
/// fn wants_counts(_: &StoreHandle<KeyValueStore<String, u64>>) {}
/// fn wrong(names: &StoreHandle<KeyValueStore<String, String>>) { wants_counts(names) }
/// ```
pub struct StoreHandle<S> {
    name: Arc<str>,
    store: PhantomData<fn() -> S>,
}

impl<S> StoreHandle<S> {
    pub(crate) fn new(name: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), store: PhantomData }
    }

    /// A handle for a store known by its name only, such as a table's. A wrong type is told when the task is wired.
    pub fn by_name(name: impl Into<Arc<str>>) -> Self {
        Self::new(name)
    }

    /// The store's name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl<S> Clone for StoreHandle<S> {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.name))
    }
}

impl<S> fmt::Debug for StoreHandle<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StoreHandle").field(&self.name).finish()
    }
}
