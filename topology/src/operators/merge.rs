//! `merge`: two streams as one.

use std::sync::Arc;

use crate::KStream;
use crate::graph::{NodeKind, Output, wire_fn};
use crate::processor::Shared;

impl<K: Clone + 'static, V: Clone + 'static> KStream<K, V> {
    /// The records of both streams, in the order they are processed.
    pub fn merge(&self, other: &KStream<K, V>) -> KStream<K, V> {
        let (node, output) = {
            let mut state = self.builder.borrow_mut();
            let name = state.names.named(self.name.as_deref(), "KSTREAM-MERGE-");
            let kind = NodeKind::Processor { stores: Vec::new() };
            let node = state.add_node(name, kind, vec![self.node, other.node]);
            state.add_merge(node);
            (node, Output::<K, V>::new())
        };
        for parent in [self, other] {
            let output = Arc::clone(&output);
            parent.output.add(wire_fn(move |wiring| {
                let children = wiring.shared(node, |wiring| output.wire(wiring))?;
                Ok(Box::new(Shared(children)))
            }));
        }
        let sources = self.sources.union(&other.sources).copied().collect();
        KStream {
            key_changed: self.key_changed || other.key_changed,
            ..KStream::new(&self.builder, node, output, self.serdes.clone(), sources)
        }
    }
}
