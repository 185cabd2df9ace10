//! Typed blueprints: what makes an operator, and all below it, for one task.

use std::sync::{Arc, Mutex, PoisonError};

use super::{Wiring, WiringError};
use crate::processor::{Children, Forward};

/// Makes the receiving end of an edge for one task.
pub(crate) trait Blueprint<K, V>: Send + Sync {
    fn wire(&self, wiring: &mut Wiring<'_>) -> Result<Box<dyn Forward<K, V>>, WiringError>;
}

impl<K, V, F> Blueprint<K, V> for F
where
    F: Fn(&mut Wiring<'_>) -> Result<Box<dyn Forward<K, V>>, WiringError> + Send + Sync,
{
    fn wire(&self, wiring: &mut Wiring<'_>) -> Result<Box<dyn Forward<K, V>>, WiringError> {
        self(wiring)
    }
}

/// Helps type inference where a closure is meant as a blueprint.
pub(crate) fn wire_fn<K, V, F>(wire: F) -> Arc<dyn Blueprint<K, V>>
where
    F: Fn(&mut Wiring<'_>) -> Result<Box<dyn Forward<K, V>>, WiringError> + Send + Sync + 'static,
{
    Arc::new(wire)
}

/// A child, until it is handed on to another node.
type Place<K, V> = Option<Arc<dyn Blueprint<K, V>>>;

/// What a node hands its results to: the blueprints of its children, in the order they were added.
///
/// Grows while the topology is built and is only read afterwards, hence a lock that is never contended.
pub(crate) struct Output<K, V> {
    children: Mutex<Vec<Place<K, V>>>,
}

impl<K, V> Output<K, V> {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { children: Mutex::new(Vec::new()) })
    }

    pub(crate) fn add(&self, child: Arc<dyn Blueprint<K, V>>) {
        self.children.lock().unwrap_or_else(PoisonError::into_inner).push(Some(child));
    }

    /// Place of the child added last.
    pub(crate) fn last_place(&self) -> Option<usize> {
        self.children.lock().unwrap_or_else(PoisonError::into_inner).len().checked_sub(1)
    }

    /// Hands the child at `place` on to another output; it may be gone already.
    pub(crate) fn move_child(&self, place: usize, to: &Self) {
        let mut children = self.children.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(child) = children.get_mut(place).and_then(Option::take) {
            to.add(child);
        }
    }

    /// Makes all children for one task.
    pub(crate) fn wire(&self, wiring: &mut Wiring<'_>) -> Result<Children<K, V>, WiringError> {
        let blueprints = self.children.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let children = blueprints.iter().flatten().map(|child| child.wire(wiring)).collect::<Result<_, _>>()?;
        Ok(Children::new(children))
    }
}
