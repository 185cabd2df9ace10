//! The handle of a stream: where it comes from and how its records are written. Operators add themselves to it, each from its own
//! file in [`operators`](crate::operators).

use std::collections::BTreeSet;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use tillstream_stores::SharedSerde;

use crate::graph::{NodeId, NodeKind, Output, SharedBuilder, wire_fn};
use crate::operators::Rekeyed;
use crate::processor::{Children, Context, ProcessError, Record, closure_node};

/// Serdes as far as they are known: after an operator that changes the type they must be given anew.
pub(crate) struct Serdes<K, V> {
    pub(crate) key: Option<SharedSerde<K>>,
    pub(crate) value: Option<SharedSerde<V>>,
}

impl<K, V> Clone for Serdes<K, V> {
    fn clone(&self) -> Self {
        Self { key: self.key.clone(), value: self.value.clone() }
    }
}

/// A stream of independent records.
pub struct KStream<K, V> {
    pub(crate) builder: SharedBuilder,
    pub(crate) node: NodeId,
    pub(crate) output: Arc<Output<K, V>>,
    pub(crate) serdes: Serdes<K, V>,
    /// Sources it is read from; joined streams must agree in their partitions.
    pub(crate) sources: BTreeSet<NodeId>,
    /// The key may have changed, so that equal keys may lie in different partitions: the next grouping or join
    /// repartitions (KS-12).
    pub(crate) key_changed: bool,
    /// Name for the next operator.
    pub(crate) name: Option<String>,
    /// The operator that changed the key, while values are still what it made them.
    pub(crate) rekeyed: Option<Rekeyed<K, V>>,
}

impl<K, V> Clone for KStream<K, V> {
    fn clone(&self) -> Self {
        Self {
            builder: Rc::clone(&self.builder),
            node: self.node,
            output: Arc::clone(&self.output),
            serdes: self.serdes.clone(),
            sources: self.sources.clone(),
            key_changed: self.key_changed,
            name: self.name.clone(),
            rekeyed: self.rekeyed.clone(),
        }
    }
}

impl<K, V> fmt::Debug for KStream<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KStream").field("node", &self.builder.borrow().node_name(self.node)).finish()
    }
}

impl<K: Clone + 'static, V: Clone + 'static> KStream<K, V> {
    pub(crate) fn new(
        builder: &SharedBuilder,
        node: NodeId,
        output: Arc<Output<K, V>>,
        serdes: Serdes<K, V>,
        sources: BTreeSet<NodeId>,
    ) -> Self {
        Self {
            builder: Rc::clone(builder),
            node,
            output,
            serdes,
            sources,
            key_changed: false,
            name: None,
            rekeyed: None,
        }
    }

    /// Names the next operator: `stream.named("only-large").filter(..)`. Names keep state in place when the topology
    /// changes.
    #[must_use]
    pub fn named(&self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self.clone() }
    }

    /// Adds a processor node below this stream and answers the stream of its results.
    pub(crate) fn child<K2: Clone + 'static, V2: Clone + 'static>(
        &self,
        prefix: &str,
        stores: Vec<String>,
        serdes: Serdes<K2, V2>,
    ) -> KStream<K2, V2> {
        let name = self.builder.borrow_mut().names.named(self.name.as_deref(), prefix);
        self.child_named(name, stores, serdes)
    }

    /// As [`KStream::child`], for a node whose name is known.
    pub(crate) fn child_named<K2: Clone + 'static, V2: Clone + 'static>(
        &self,
        name: String,
        stores: Vec<String>,
        serdes: Serdes<K2, V2>,
    ) -> KStream<K2, V2> {
        let kind = NodeKind::Processor { stores };
        let node = self.builder.borrow_mut().add_node(name, kind, vec![self.node]);
        KStream {
            key_changed: self.key_changed,
            ..KStream::new(&self.builder, node, Output::new(), serdes, self.sources.clone())
        }
    }

    /// Adds a stateless operator: a function of the record and its children.
    pub(crate) fn stateless<K2, V2, F>(&self, prefix: &str, serdes: Serdes<K2, V2>, f: F) -> KStream<K2, V2>
    where
        K2: Clone + 'static,
        V2: Clone + 'static,
        F: Fn(Record<K, V>, &mut Children<K2, V2>, &mut Context) -> Result<(), ProcessError> + Send + Sync + 'static,
    {
        let child = self.child(prefix, Vec::new(), serdes);
        self.attach(&child.output, f);
        child
    }

    /// Wires a function of the record between this stream and `output`.
    pub(crate) fn attach<K2, V2, F>(&self, output: &Arc<Output<K2, V2>>, f: F)
    where
        K2: Clone + 'static,
        V2: Clone + 'static,
        F: Fn(Record<K, V>, &mut Children<K2, V2>, &mut Context) -> Result<(), ProcessError> + Send + Sync + 'static,
    {
        let f = Arc::new(f);
        let output = Arc::clone(output);
        self.output.add(wire_fn(move |wiring| {
            let children = output.wire(wiring)?;
            let f = Arc::clone(&f);
            Ok(closure_node(children, move |record, children: &mut Children<K2, V2>, context: &mut Context| {
                f(record, children, context)
            }))
        }));
    }

    /// Adds an operator that leaves keys and values as they are, so that a repartition may be moved above it.
    pub(crate) fn passing<F>(&self, prefix: &str, f: F) -> KStream<K, V>
    where
        F: Fn(Record<K, V>, &mut Children<K, V>, &mut Context) -> Result<(), ProcessError> + Send + Sync + 'static,
    {
        let passed = self.stateless(prefix, self.serdes.clone(), f);
        KStream { rekeyed: self.rekeyed_above(passed.node), ..passed }
    }

    /// The same stream, its key counted as changed.
    pub(crate) fn rekeyed(mut self) -> Self {
        self.key_changed = true;
        self.rekeyed = Some(Rekeyed::at(self.node, &self.output));
        self
    }
}
