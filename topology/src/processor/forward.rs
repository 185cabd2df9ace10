//! How records run from operator to operator: one virtual call an edge, no boxing, no `Any`.

use std::cell::RefCell;
use std::rc::Rc;

use super::{Context, ProcessError, Record};

/// The receiving end of an edge of the topology, made once a task.
pub(crate) trait Forward<K, V> {
    /// Processes `record` and everything that follows from it, depth first.
    fn forward(&mut self, record: Record<K, V>, context: &mut Context) -> Result<(), ProcessError>;
}

/// The children of a node, in the order they were added.
pub(crate) struct Children<K, V>(Vec<Box<dyn Forward<K, V>>>);

impl<K, V> Children<K, V> {
    pub(crate) fn new(children: Vec<Box<dyn Forward<K, V>>>) -> Self {
        Self(children)
    }
}

impl<K: Clone, V: Clone> Children<K, V> {
    /// Whether nobody listens.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Hands `record` to each child; the last one takes it by move, so only real fan-out clones.
    pub(crate) fn forward(&mut self, record: Record<K, V>, context: &mut Context) -> Result<(), ProcessError> {
        let Some((last, others)) = self.0.split_last_mut() else { return Ok(()) };
        for child in others {
            child.forward(record.clone(), context).or_else(|error| context.absorb(error))?;
        }
        last.forward(record, context).or_else(|error| context.absorb(error))
    }
}

impl<K: Clone, V: Clone> Forward<K, V> for Children<K, V> {
    fn forward(&mut self, record: Record<K, V>, context: &mut Context) -> Result<(), ProcessError> {
        Children::forward(self, record, context)
    }
}

/// A node with several owners: two parents, or a parent and a clock.
///
/// The topology has no circles, so a node is never entered while it is at work and the borrow cannot fail.
pub(crate) struct Shared<N>(pub(crate) Rc<RefCell<N>>);

impl<K, V, N: Forward<K, V>> Forward<K, V> for Shared<N> {
    fn forward(&mut self, record: Record<K, V>, context: &mut Context) -> Result<(), ProcessError> {
        self.0.borrow_mut().forward(record, context)
    }
}

struct ClosureNode<F, K2, V2> {
    children: Children<K2, V2>,
    f: F,
}

impl<K, V, K2, V2, F> Forward<K, V> for ClosureNode<F, K2, V2>
where
    F: FnMut(Record<K, V>, &mut Children<K2, V2>, &mut Context) -> Result<(), ProcessError>,
{
    fn forward(&mut self, record: Record<K, V>, context: &mut Context) -> Result<(), ProcessError> {
        (self.f)(record, &mut self.children, context)
    }
}

/// A node that is nothing but a function of the record and its children.
pub(crate) fn closure_node<K, V, K2, V2, F>(children: Children<K2, V2>, f: F) -> Box<dyn Forward<K, V>>
where
    F: FnMut(Record<K, V>, &mut Children<K2, V2>, &mut Context) -> Result<(), ProcessError> + 'static,
    K: 'static,
    V: 'static,
    K2: 'static,
    V2: 'static,
{
    Box::new(ClosureNode { children, f })
}
