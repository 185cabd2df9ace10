//! The handle of a table: a changelog stream in which each record replaces the one before it.

use std::collections::BTreeSet;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::graph::{BuilderState, NodeId, Output, SharedBuilder, Wiring, WiringError};
use crate::processor::ProcessError;
use crate::stream::{KStream, Serdes};

/// One update of a row: what it is now and, where someone below asked for it, what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change<V> {
    /// The row from now on; `None` deletes it.
    pub new: Option<V>,
    /// The row before; `None` if there was none or nobody asked.
    pub old: Option<V>,
}

/// Is shown a row and its time; `None`: there is no row.
pub(crate) type ShownRow<'a, V> = dyn for<'row> FnMut(Option<(&'row V, i64)>) + 'a;

/// Reads rows of a table inside a task.
pub(crate) trait ValueGetter<K, V> {
    /// Shows `visit` the row of `key` as it is now.
    fn read(&mut self, key: &K, visit: &mut ShownRow<'_, V>) -> Result<(), ProcessError>;
}

/// How rows of a table are found: in its store, or through its parents where it keeps none.
pub(crate) trait TableView<K, V>: Send + Sync {
    fn getter(&self, wiring: &mut Wiring<'_>) -> Result<Box<dyn ValueGetter<K, V>>, WiringError>;

    /// Stores that are read, so that the reader's node can be connected to them.
    fn stores(&self) -> Vec<String>;

    /// Somebody below is going to read: a source that would keep no store keeps one from now on.
    fn require(&self, _state: &mut BuilderState) {}
}

type Enable = dyn Fn(bool, &mut BuilderState) -> bool + Send + Sync;

/// Whether a table node sends old values, decided by what is below it.
pub(crate) struct OldValues {
    wanted: AtomicBool,
    /// Asks the parents; answers whether old values will come. `force` makes a source keep a store for it.
    enable: Box<Enable>,
}

impl OldValues {
    pub(crate) fn new(enable: impl Fn(bool, &mut BuilderState) -> bool + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { wanted: AtomicBool::new(false), enable: Box::new(enable) })
    }

    /// A node that can always tell old values.
    pub(crate) fn at_hand() -> Arc<Self> {
        Self::new(|_, _| true)
    }

    /// Asks for old values; answers whether they come. Without `force` no source begins to keep a store for it.
    pub(crate) fn enable(&self, force: bool, state: &mut BuilderState) -> bool {
        if !self.wanted() && (self.enable)(force, state) {
            self.set_wanted();
        }
        self.wanted()
    }

    pub(crate) fn set_wanted(&self) {
        self.wanted.store(true, Ordering::Relaxed);
    }

    pub(crate) fn wanted(&self) -> bool {
        self.wanted.load(Ordering::Relaxed)
    }
}

/// A table: the latest value of each key.
pub struct KTable<K, V> {
    pub(crate) builder: SharedBuilder,
    pub(crate) node: NodeId,
    pub(crate) output: Arc<Output<K, Change<V>>>,
    pub(crate) serdes: Serdes<K, V>,
    pub(crate) sources: BTreeSet<NodeId>,
    pub(crate) view: Arc<dyn TableView<K, V>>,
    pub(crate) old_values: Arc<OldValues>,
    /// The store, where the table keeps one of its own.
    pub(crate) store: Option<String>,
    pub(crate) name: Option<String>,
}

impl<K, V> Clone for KTable<K, V> {
    fn clone(&self) -> Self {
        Self {
            builder: Rc::clone(&self.builder),
            node: self.node,
            output: Arc::clone(&self.output),
            serdes: self.serdes.clone(),
            sources: self.sources.clone(),
            view: Arc::clone(&self.view),
            old_values: Arc::clone(&self.old_values),
            store: self.store.clone(),
            name: self.name.clone(),
        }
    }
}

impl<K, V> fmt::Debug for KTable<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KTable")
            .field("node", &self.builder.borrow().node_name(self.node))
            .field("store", &self.store)
            .finish()
    }
}

impl<K: Clone + 'static, V: Clone + 'static> KTable<K, V> {
    /// Names the next operator.
    #[must_use]
    pub fn named(&self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self.clone() }
    }

    /// The name of the store, if the table keeps one, for interactive queries.
    pub fn queryable_store_name(&self) -> Option<&str> {
        self.store.as_deref()
    }

    /// The updates as the plain stream they are inside.
    pub(crate) fn changes(&self) -> KStream<K, Change<V>> {
        let serdes = Serdes { key: self.serdes.key.clone(), value: None };
        KStream {
            name: self.name.clone(),
            ..KStream::new(&self.builder, self.node, Arc::clone(&self.output), serdes, self.sources.clone())
        }
    }

    /// The rows, for a node below that looks them up.
    pub(crate) fn rows(&self) -> Arc<dyn TableView<K, V>> {
        self.view.require(&mut self.builder.borrow_mut());
        Arc::clone(&self.view)
    }
}
