//! `table`: a topic read as a table, the latest record of each key being its row.

use std::any::Any;
use std::rc::Rc;
use std::sync::Arc;

use tillstream_stores::{SharedSerde, StoreBuilder, StoreOptions, nullable};

use super::table_rows::{CachedRows, HasRows, TableRows, shared};
use crate::graph::{Blueprint, BuildError, NodeId, NodeKind, Output, SourceEntry, TopicName, TypedSource, wire_fn};
use crate::options::{Consumed, Materialized, TimestampExtractor, Timestamps};
use crate::processor::{Context, Forward, ProcessError, Record, Shared};
use crate::store_view::{LazyStore, LazyView};
use crate::stream::Serdes;
use crate::table::{Change, KTable, OldValues};
use crate::{KStream, StreamsBuilder};

impl StreamsBuilder {
    /// A topic as a table: the last record of a key is its row, a null value deletes it, a null key is dropped (KS-26).
    ///
    /// Without a name in `materialized` the table keeps a store only if something below needs its rows. The topic cannot be
    /// read as a stream as well; use [`KTable::to_stream`].
    ///
    /// ```
    /// use tillstream_topology::{Consumed, Materialized, StreamsBuilder};
    /// use tillstream_topology::stores::utf8;
    ///
    /// let builder = StreamsBuilder::new();
    /// let names = builder.table(
    ///     "product-names",
    ///     Consumed::with(utf8(), utf8()),
    ///     Materialized::named_with("product-names-store", utf8()),
    /// );
    /// assert_eq!(names.queryable_store_name(), Some("product-names-store"));
    /// ```
    pub fn table<K: Clone + 'static, V: Clone + 'static>(
        &self,
        topic: &str,
        consumed: Consumed<K, V>,
        materialized: Materialized<V>,
    ) -> KTable<K, V> {
        let (store, source, table, reuse) = {
            let mut state = self.shared().borrow_mut();
            let store = materialized.key_value(&mut state, &format!("{topic}-"), Arc::clone(&consumed.key));
            let source = state.names.named(consumed.name.as_deref(), "KSTREAM-SOURCE-");
            let table = consumed.name.as_ref().map(|name| format!("{name}-table-source"));
            let table = state.names.named(table.as_deref(), "KTABLE-SOURCE-");
            (store, source, table, state.config.optimization.reuse_source_topics)
        };
        let (key, value) = (Arc::clone(&consumed.key), Arc::clone(&consumed.value));
        let stream = self.nullable_source(topic, source, consumed);
        let source_topic = reuse.then(|| Arc::from(topic));
        let store = match &source_topic {
            // The topic stands in for the changelog.
            Some(_) => {
                let options = StoreOptions { logging: false, ..store.options().clone() };
                store.with_options(options)
            }
            None => store,
        };
        stream.rows_of(table, store, source_topic, SourceRules { key, value, materialized }, |value| value)
    }

    /// The source below a table: a null payload is `None`.
    fn nullable_source<K: Clone + 'static, V: Clone + 'static>(
        &self,
        topic: &str,
        name: String,
        consumed: Consumed<K, V>,
    ) -> KStream<K, Option<V>> {
        let mut state = self.shared().borrow_mut();
        let topics = vec![TopicName::External(topic.into())];
        let node = state.add_node(name, NodeKind::Source { topics, pattern: None }, Vec::new());
        let output: Arc<Output<K, Option<V>>> = Output::new();
        // Marks the topic as read; nobody else gets this output.
        if state.typed_sources.insert(topic.to_owned(), (node, Arc::new(()) as Arc<dyn Any>)).is_some() {
            state.errors.push(BuildError::SourceConflict { topic: topic.to_owned() });
        }
        let blueprint = TypedSource {
            key: Arc::clone(&consumed.key),
            value: nullable(consumed.value),
            extractor: consumed.extractor.map(extractor_of_rows),
            output: Arc::clone(&output),
        };
        state.sources.push(SourceEntry { node, blueprint: Arc::new(blueprint) });
        drop(state);
        let serdes = Serdes { key: Some(consumed.key), value: None };
        KStream::new(self.shared(), node, output, serdes, [node].into())
    }
}

/// A delete has no value to find a time in: it keeps the record's.
fn extractor_of_rows<K: 'static, V: 'static>(
    extract: Arc<TimestampExtractor<K, V>>,
) -> Arc<TimestampExtractor<K, Option<V>>> {
    Arc::new(move |key: &K, value: &Option<V>, times: Timestamps| match value {
        Some(value) => extract(key, value, times),
        None => Ok(times.record),
    })
}

/// Serdes that know what null is, and what was said about the store.
pub(super) struct SourceRules<K, V> {
    pub(super) key: SharedSerde<K>,
    pub(super) value: SharedSerde<V>,
    pub(super) materialized: Materialized<V>,
}

impl<K: Clone + 'static, W: Clone + 'static> KStream<K, W> {
    /// Adds the node `name`, which makes this stream a table whose rows are what `row` takes from each record.
    pub(super) fn rows_of<V: Clone + 'static>(
        &self,
        name: String,
        store: Arc<dyn StoreBuilder>,
        source_topic: Option<Arc<str>>,
        rules: SourceRules<K, V>,
        row: fn(W) -> Option<V>,
    ) -> KTable<K, V> {
        let kind = NodeKind::Processor { stores: Vec::new() };
        let node = self.builder.borrow_mut().add_node(name, kind, vec![self.node]);
        let lazy = LazyStore::new(store, source_topic, node);
        if rules.materialized.name.is_some() {
            lazy.keep(&mut self.builder.borrow_mut());
        }
        let kept = Arc::clone(&lazy);
        let old_values = OldValues::new(move |force, state| {
            if force {
                kept.keep(state);
            }
            kept.is_kept()
        });
        let output = Output::new();
        let caching = rules.materialized.effective_caching(&self.builder.borrow().config);
        let parts = SourceParts {
            node,
            lazy: Arc::clone(&lazy),
            output: Arc::clone(&output),
            old_values: Arc::clone(&old_values),
            key: Arc::clone(&rules.key),
            value: Arc::clone(&rules.value),
            caching,
            row,
        };
        self.output.add(parts.blueprint());
        KTable {
            builder: Rc::clone(&self.builder),
            node,
            output,
            serdes: Serdes { key: Some(rules.key), value: Some(rules.materialized.value) },
            sources: self.sources.clone(),
            view: Arc::new(LazyView(lazy)),
            old_values,
            store: rules.materialized.name,
            name: None,
        }
    }
}

struct SourceParts<K, W, V> {
    node: NodeId,
    lazy: Arc<LazyStore<K, V>>,
    output: Arc<Output<K, Change<V>>>,
    old_values: Arc<OldValues>,
    key: SharedSerde<K>,
    value: SharedSerde<V>,
    caching: bool,
    row: fn(W) -> Option<V>,
}

impl<K: Clone + 'static, W: Clone + 'static, V: Clone + 'static> SourceParts<K, W, V> {
    fn blueprint(self) -> Arc<dyn Blueprint<K, W>> {
        wire_fn(move |wiring| {
            let source = TableSource {
                rows: TableRows {
                    store: self.lazy.instance(wiring)?,
                    children: self.output.wire(wiring)?,
                    old_values: self.old_values.wanted(),
                    caching: self.caching && self.lazy.is_kept(),
                    value: Some(Arc::clone(&self.value)),
                },
                key: Arc::clone(&self.key),
                row: self.row,
            };
            Ok(Box::new(Shared(shared(source, self.node, wiring))))
        })
    }
}

struct TableSource<K, W, V> {
    rows: TableRows<K, V>,
    key: SharedSerde<K>,
    row: fn(W) -> Option<V>,
}

impl<K: Clone + 'static, W, V: Clone + 'static> Forward<K, W> for TableSource<K, W, V> {
    fn forward(&mut self, record: Record<K, W>, context: &mut Context) -> Result<(), ProcessError> {
        if self.key.is_null(&record.key) {
            context.dropped.null += 1;
            return Ok(());
        }
        // With a cache the old value is the one before the first write since the commit, and comes with the flush.
        let wants_old = self.rows.old_values && !self.rows.caching;
        let old = if wants_old { self.rows.stored(&record.key)? } else { None };
        let row = self.row;
        self.rows.update(record.map_value(|value| Change { new: row(value), old }), context)
    }
}

impl<K: Clone + 'static, W, V: Clone + 'static> HasRows for TableSource<K, W, V> {
    fn rows(&mut self) -> &mut dyn CachedRows {
        &mut self.rows
    }
}
