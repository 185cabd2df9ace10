//! Joined sides lie in the same partitions: a stream whose key changed is repartitioned first.

use std::any::Any;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::KStream;
use crate::graph::{NodeId, NodeKind, Output, SharedBuilder, is_generated};
use crate::operators::repartition_topic;
use crate::options::Grouped;
use crate::stream::Serdes;

/// A stream behind its repartition topic, kept for the next join of the same stream.
struct Partitioned<K, V> {
    stream: (NodeId, Arc<Output<K, V>>),
    keeps_null_keys: Arc<AtomicBool>,
}

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
        let stream = KStream { name: None, ..self.clone() };
        if !self.key_changed {
            return stream;
        }
        let own = self.builder.borrow().node_name(self.node);
        let name = topic.unwrap_or_else(|| own.clone());
        let topic = repartition_topic(&name);
        let [sink, filter, source] = {
            let mut state = self.builder.borrow_mut();
            let generated = ["KSTREAM-SINK-", "KSTREAM-FILTER-", "KSTREAM-SOURCE-"].map(|prefix| state.names.node(prefix));
            let named = || ["sink", "filter", "source"].map(|part| format!("{topic}-{part}"));
            if is_generated(&name) { generated } else { named() }
        };
        let index = (name == own).then(|| format!("join/{own}"));
        if let Some((node, output)) = index.as_ref().and_then(|index| self.known(index, keep_null_keys)) {
            let known = Serdes { key: Some(Arc::clone(&serdes.key)), value: Some(Arc::clone(&serdes.value)) };
            return KStream::new(&self.builder, node, output, known, [node].into());
        }
        let keeps_null_keys = Arc::new(AtomicBool::new(keep_null_keys));
        let filtered = stream.null_key_filter(filter, serdes, Arc::clone(&keeps_null_keys));
        filtered.sink_into(&topic, sink, serdes);
        let behind = filtered.source_from(&topic, source, serdes, None);
        if let Some(index) = index {
            let known = Partitioned { stream: (behind.node, Arc::clone(&behind.output)), keeps_null_keys };
            let known: Arc<dyn Any> = Arc::new(known);
            self.builder.borrow_mut().typed_sources.insert(index, (behind.node, known));
        }
        behind
    }

    fn known(&self, index: &str, keep_null_keys: bool) -> Option<(NodeId, Arc<Output<K, V>>)> {
        let state = self.builder.borrow();
        let (_, known) = state.typed_sources.get(index)?;
        let known = known.downcast_ref::<Partitioned<K, V>>()?;
        known.keeps_null_keys.fetch_or(keep_null_keys, Ordering::Relaxed);
        Some(known.stream.clone())
    }

    fn null_key_filter(&self, name: String, serdes: &Grouped<K, V>, keeps_null_keys: Arc<AtomicBool>) -> KStream<K, V> {
        let kind = NodeKind::Processor { stores: Vec::new() };
        let node = self.builder.borrow_mut().add_node(name, kind, vec![self.node]);
        let output = Output::new();
        let key = Arc::clone(&serdes.key);
        self.attach(&output, move |record, children, context| {
            if key.is_null(&record.key) && !keeps_null_keys.load(Ordering::Relaxed) {
                return Ok(());
            }
            children.forward(record, context)
        });
        KStream::new(&self.builder, node, output, self.serdes.clone(), self.sources.clone())
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
