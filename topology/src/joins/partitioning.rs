//! Joined sides lie in the same partitions: a stream whose key changed is repartitioned first.

use std::any::Any;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::KStream;
use crate::graph::{NodeId, Output, SharedBuilder};
use crate::operators::repartition_topic;
use crate::options::Grouped;
use crate::stream::Serdes;

impl<K: Clone + 'static, V: Clone + 'static> KStream<K, V> {
    /// The stream as a join can use it: itself, or behind a repartition topic where the key was changed. Without a name the
    /// topic is called after the stream's node, and all joins of the stream share it.
    ///
    /// Null keys end at the topic unless one of the joins has a result for them (KS-30).
    pub(super) fn for_join(
        &self,
        topic: Option<String>,
        serdes: &Grouped<K, V>,
        keep_null_keys: bool,
    ) -> KStream<K, V> {
        let stream = self.partitioned_for_join(topic, serdes);
        if keep_null_keys {
            self.builder.borrow().keep_null_keys(&stream.sources);
        }
        stream
    }

    fn partitioned_for_join(&self, topic: Option<String>, serdes: &Grouped<K, V>) -> KStream<K, V> {
        let stream = KStream { name: None, ..self.clone() };
        if !self.key_changed {
            return stream;
        }
        let own = self.builder.borrow().node_name(self.node);
        let name = topic.unwrap_or_else(|| own.clone());
        let topic = repartition_topic(&name);
        let names = self.repartition_names(&name, &topic);
        if let Some(common) = stream.through_common(&topic, serdes) {
            return common;
        }
        let index = (name == own).then(|| format!("join/{own}"));
        if let Some((node, output)) = index.as_ref().and_then(|index| self.known(index)) {
            let known = Serdes { key: Some(Arc::clone(&serdes.key)), value: Some(Arc::clone(&serdes.value)) };
            return KStream::new(&self.builder, node, output, known, [node].into());
        }
        let behind = stream.through_nodes(&topic, names, serdes, None);
        if let Some(index) = index {
            let known: Arc<dyn Any> = Arc::new(Arc::clone(&behind.output));
            self.builder.borrow_mut().typed_sources.insert(index, (behind.node, known));
        }
        behind
    }

    /// The stream behind its repartition topic, kept from an earlier join of the same stream.
    fn known(&self, index: &str) -> Option<(NodeId, Arc<Output<K, V>>)> {
        let state = self.builder.borrow();
        let (node, known) = state.typed_sources.get(index)?;
        Some((*node, Arc::clone(known.downcast_ref::<Arc<Output<K, V>>>()?)))
    }
}

/// Demands equally many partitions of the sources of both sides; answers all sources.
pub(super) fn copartition(
    builder: &SharedBuilder,
    left: &BTreeSet<NodeId>,
    right: &BTreeSet<NodeId>,
) -> BTreeSet<NodeId> {
    let both: BTreeSet<NodeId> = left.union(right).copied().collect();
    builder.borrow_mut().copartitions.push(both.iter().copied().collect());
    both
}
