//! Repartition topics: records travel through the log to the task that owns their new key.

use std::sync::Arc;

use crate::KStream;
use crate::graph::{
    InternalTopic, NodeKind, Output, SinkTopic, SourceEntry, TopicName, TypedSource, is_generated,
};
use crate::options::{Grouped, Repartitioned};
use crate::stream::Serdes;

impl<K: Clone + 'static, V: Clone + 'static> KStream<K, V> {
    /// Sends the stream through a repartition topic, so that equal keys meet in one task. Records with a null key are
    /// left out.
    pub fn repartition(&self, options: Repartitioned<K, V>) -> KStream<K, V> {
        let name = {
            let generated = || self.builder.borrow_mut().names.node("KSTREAM-REPARTITION-");
            options.name.clone().unwrap_or_else(generated)
        };
        let grouped = Grouped { key: options.key, value: options.value, name: None };
        self.through(&name, &grouped, options.partitions, false)
    }

    /// Sends the stream through the repartition topic `<name>-repartition`; null keys are left out unless `keep_null_keys`.
    pub(crate) fn through(
        &self,
        name: &str,
        serdes: &Grouped<K, V>,
        partitions: Option<u32>,
        keep_null_keys: bool,
    ) -> KStream<K, V> {
        let topic = repartition_topic(name);
        let names = {
            let mut state = self.builder.borrow_mut();
            let generated = ["KSTREAM-SINK-", "KSTREAM-FILTER-", "KSTREAM-SOURCE-"].map(|prefix| state.names.node(prefix));
            if is_generated(name) {
                generated
            } else {
                ["sink", "filter", "source"].map(|part| format!("{topic}-{part}"))
            }
        };
        let [sink, filter, source] = names;
        let upstream = if keep_null_keys { self.clone() } else { self.without_null_keys(filter, serdes) };
        upstream.sink_into(&topic, sink, serdes);
        self.source_from(&topic, source, serdes, partitions)
    }

    fn without_null_keys(&self, name: String, serdes: &Grouped<K, V>) -> KStream<K, V> {
        let mut state = self.builder.borrow_mut();
        let node = state.add_node(name, NodeKind::Processor { stores: Vec::new() }, vec![self.node]);
        drop(state);
        let output = Output::new();
        let key = Arc::clone(&serdes.key);
        self.attach(&output, move |record, children, context| {
            if key.is_null(&record.key) { Ok(()) } else { children.forward(record, context) }
        });
        KStream::new(&self.builder, node, output, self.serdes.clone(), self.sources.clone())
    }

    pub(crate) fn sink_into(&self, topic: &Arc<str>, name: String, serdes: &Grouped<K, V>) {
        let topic = TopicName::Internal(Arc::clone(topic));
        let kind = NodeKind::Sink { topic: SinkTopic::Fixed(topic.clone()) };
        self.builder.borrow_mut().add_node(name, kind, vec![self.node]);
        self.write_to(topic, Arc::clone(&serdes.key), Arc::clone(&serdes.value));
    }

    pub(crate) fn source_from(
        &self,
        topic: &Arc<str>,
        name: String,
        serdes: &Grouped<K, V>,
        partitions: Option<u32>,
    ) -> KStream<K, V> {
        let mut state = self.builder.borrow_mut();
        let internal = InternalTopic { name: Arc::clone(topic), partitions };
        state.internal_topics.insert(Arc::clone(topic), internal);
        let topics = vec![TopicName::Internal(Arc::clone(topic))];
        let node = state.add_node(name, NodeKind::Source { topics, pattern: None }, Vec::new());
        let output: Arc<Output<K, V>> = Output::new();
        let blueprint = TypedSource {
            key: Arc::clone(&serdes.key),
            value: Arc::clone(&serdes.value),
            extractor: None,
            output: Arc::clone(&output),
        };
        state.sources.push(SourceEntry { node, blueprint: Arc::new(blueprint) });
        drop(state);
        let known = Serdes { key: Some(Arc::clone(&serdes.key)), value: Some(Arc::clone(&serdes.value)) };
        KStream::new(&self.builder, node, output, known, [node].into())
    }
}

/// `<name>-repartition`, without doubling the suffix (KS-5).
pub(crate) fn repartition_topic(name: &str) -> Arc<str> {
    if name.ends_with("-repartition") { name.into() } else { format!("{name}-repartition").into() }
}
