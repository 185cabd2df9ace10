//! The making of one task from the blueprints.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use super::{NodeId, StoreHandle, WiringError};
use crate::processor::{Context, InitContext, ProcessError, Punctuations};

/// An event time that is saved with the task's state, -1 while unknown.
pub(crate) type TimeCell = Rc<Cell<i64>>;

/// A node that holds results back until the commit: a cached aggregation, a combiner.
pub(crate) trait Flush {
    /// Forwards everything held back.
    fn flush(&mut self, context: &mut Context) -> Result<(), ProcessError>;
}

/// Gathers the parts of a task while its nodes are made.
pub(crate) struct Wiring<'a> {
    pub(crate) stores: &'a BTreeMap<String, Rc<dyn Any>>,
    pub(crate) application_id: &'a str,
    pub(crate) partition: u32,
    pub(crate) wall_clock: i64,
    pub(crate) punctuations: Punctuations,
    /// By node: ids rise from parents to children, so a node comes before all it forwards to, also where it is reached
    /// along several edges.
    pub(crate) flushes: BTreeMap<NodeId, Rc<RefCell<dyn Flush>>>,
    pub(crate) times: BTreeMap<String, TimeCell>,
    shared: BTreeMap<NodeId, Rc<dyn Any>>,
}

impl<'a> Wiring<'a> {
    pub(crate) fn new(
        stores: &'a BTreeMap<String, Rc<dyn Any>>,
        application_id: &'a str,
        partition: u32,
        wall_clock: i64,
        times: BTreeMap<String, i64>,
    ) -> Self {
        Self {
            stores,
            application_id,
            partition,
            wall_clock,
            punctuations: Punctuations::default(),
            flushes: BTreeMap::new(),
            times: times.into_iter().map(|(name, time)| (name, Rc::new(Cell::new(time)))).collect(),
            shared: BTreeMap::new(),
        }
    }

    /// The task's instance of a store.
    pub(crate) fn store<S: 'static>(&self, handle: &StoreHandle<S>) -> Result<Rc<RefCell<S>>, WiringError> {
        let name = handle.name();
        let store = self.stores.get(name).ok_or_else(|| WiringError::UnknownStore { store: name.to_owned() })?;
        Rc::clone(store).downcast().map_err(|_| WiringError::StoreType { store: name.to_owned() })
    }

    /// A time saved with the state under `name`.
    pub(crate) fn time(&mut self, name: &str) -> TimeCell {
        Rc::clone(self.times.entry(name.to_owned()).or_insert_with(|| Rc::new(Cell::new(-1))))
    }

    /// The instance of the node `id`, made at the first call: for nodes with several parents.
    pub(crate) fn shared<N: 'static>(
        &mut self,
        id: NodeId,
        make: impl FnOnce(&mut Self) -> Result<N, WiringError>,
    ) -> Result<Rc<RefCell<N>>, WiringError> {
        if let Some(known) = self.shared.get(&id).and_then(|node| Rc::clone(node).downcast().ok()) {
            return Ok(known);
        }
        let node = Rc::new(RefCell::new(make(self)?));
        self.shared.insert(id, Rc::clone(&node) as Rc<dyn Any>);
        Ok(node)
    }

    /// Has `flushed` flushed at the commit, in the place of the node `id`.
    pub(crate) fn set_flush(&mut self, id: NodeId, flushed: Rc<RefCell<dyn Flush>>) {
        self.flushes.insert(id, flushed);
    }

    /// What a processor's supplier may ask for.
    pub(crate) fn init<'b>(&'b mut self, processor: &'b str, connected: &'b [String], owner: usize) -> InitContext<'b> {
        InitContext {
            stores: self.stores,
            punctuations: &mut self.punctuations,
            owner,
            connected,
            processor,
            wall_clock: self.wall_clock,
            partition: self.partition,
        }
    }
}
