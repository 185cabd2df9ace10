//! Repartition topics: records travel through the log to the task that owns their new key.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::KStream;
use crate::graph::{InternalTopic, NodeKind, Output, SinkTopic, SourceEntry, TopicName, TypedSource, is_generated};
use crate::options::{Grouped, Repartitioned};
use crate::stream::Serdes;

impl<K: Clone + 'static, V: Clone + 'static> KStream<K, V> {
    /// Sends the stream through a repartition topic, so that equal keys meet in one task. Records with a null key are
    /// left out unless a left or outer join further down has a result for them.
    pub fn repartition(&self, options: Repartitioned<K, V>) -> KStream<K, V> {
        let name = {
            let generated = || self.builder.borrow_mut().names.node("KSTREAM-REPARTITION-");
            options.name.clone().unwrap_or_else(generated)
        };
        let grouped = Grouped { key: options.key, value: options.value, name: None };
        // What was asked for stays where it was asked for.
        KStream { rekeyed: None, ..self.clone() }.through(&name, &grouped, options.partitions)
    }

    /// Sends the stream through the repartition topic `<name>-repartition`, or through the one that other streams of the same key
    /// share with it. Null keys are left out unless something further down has a result for them.
    pub(crate) fn through(&self, name: &str, serdes: &Grouped<K, V>, partitions: Option<u32>) -> KStream<K, V> {
        let topic = repartition_topic(name);
        let names = self.repartition_names(name, &topic);
        match self.through_common(&topic, serdes) {
            Some(common) => common,
            None => self.through_nodes(&topic, names, serdes, partitions),
        }
    }

    /// Names of sink, filter and source of a repartition topic. They burn numbers also where they are called after the topic
    /// (KS-6).
    pub(crate) fn repartition_names(&self, name: &str, topic: &str) -> [String; 3] {
        let mut state = self.builder.borrow_mut();
        let generated = ["KSTREAM-SINK-", "KSTREAM-FILTER-", "KSTREAM-SOURCE-"].map(|prefix| state.names.node(prefix));
        if is_generated(name) { generated } else { names_after(topic) }
    }

    pub(crate) fn through_nodes(
        &self,
        topic: &Arc<str>,
        [sink, filter, source]: [String; 3],
        serdes: &Grouped<K, V>,
        partitions: Option<u32>,
    ) -> KStream<K, V> {
        let null_keys_pass = Arc::new(AtomicBool::new(false));
        self.without_null_keys(filter, serdes, &null_keys_pass).sink_into(topic, sink, serdes);
        let behind = self.source_from(topic, source, serdes, partitions);
        self.builder.borrow_mut().add_null_filter(behind.node, null_keys_pass);
        behind
    }

    fn without_null_keys(
        &self,
        name: String,
        serdes: &Grouped<K, V>,
        null_keys_pass: &Arc<AtomicBool>,
    ) -> KStream<K, V> {
        let kind = NodeKind::Processor { stores: Vec::new() };
        let node = self.builder.borrow_mut().add_node(name, kind, vec![self.node]);
        let output = Output::new();
        let (key, null_keys_pass) = (Arc::clone(&serdes.key), Arc::clone(null_keys_pass));
        self.attach(&output, move |record, children, context| {
            if key.is_null(&record.key) && !null_keys_pass.load(Ordering::Relaxed) {
                return Ok(());
            }
            children.forward(record, context)
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

/// Names of sink, filter and source called after their topic.
pub(super) fn names_after(topic: &str) -> [String; 3] {
    ["sink", "filter", "source"].map(|part| format!("{topic}-{part}"))
}

/// `<name>-repartition`, without doubling the suffix (KS-5).
pub(crate) fn repartition_topic(name: &str) -> Arc<str> {
    if name.ends_with("-repartition") { name.into() } else { format!("{name}-repartition").into() }
}
