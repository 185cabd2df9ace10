//! What all aggregations declare alike: a store, the node that keeps it, and the table it is seen as.

use std::rc::Rc;
use std::sync::Arc;

use tillstream_stores::{SharedSerde, StoreBuilder};

use super::row_store::RowStore;
use super::table_rows::{HasRows, TableRows, TableRowsParts, shared};
use crate::graph::{Blueprint, BuilderState, NodeId, Output, StoreHandle, Wiring, wire_fn};
use crate::options::Materialized;
use crate::processor::{Forward, Shared};
use crate::stream::{KStream, Serdes};
use crate::table::{KTable, OldValues};

/// An aggregation into rows of keys `K` and values `A`.
pub(super) struct Aggregation<K, A, S> {
    key: SharedSerde<K>,
    value: SharedSerde<A>,
    store: StoreHandle<S>,
    node: NodeId,
    parts: Arc<TableRowsParts<K, A, S>>,
}

/// Adds the store of an aggregation.
pub(super) fn add_store<S>(state: &mut BuilderState, builder: Arc<dyn StoreBuilder>) -> StoreHandle<S> {
    let handle = StoreHandle::new(builder.name());
    state.add_store(builder, None);
    handle
}

impl<K: Clone + 'static, A: Clone + 'static, S: RowStore<K, A> + 'static> Aggregation<K, A, S> {
    /// Adds the node `name`, which keeps `store`, below `stream`.
    pub(super) fn below<K2: Clone + 'static, V: Clone + 'static>(
        stream: &KStream<K2, V>,
        name: String,
        store: StoreHandle<S>,
        key: SharedSerde<K>,
        materialized: Materialized<A>,
    ) -> Self {
        let node = stream.add_stateful(name, store.name());
        let caching = materialized.effective_caching(&stream.builder.borrow().config);
        let value = materialized.value;
        let parts = Arc::new(TableRowsParts {
            store: Some(store.clone()),
            output: Output::new(),
            old_values: OldValues::at_hand(),
            caching,
            value: Some(Arc::clone(&value)),
        });
        Self { key, value, store, node, parts }
    }

    /// Has each task make the node around its rows; it is flushed at the commit if it caches.
    fn blueprint<K2: 'static, V: 'static, N: Forward<K2, V> + HasRows + 'static>(
        &self,
        make: impl Fn(TableRows<K, A, S>, &mut Wiring<'_>) -> N + Send + Sync + 'static,
    ) -> Arc<dyn Blueprint<K2, V>> {
        let (parts, id) = (Arc::clone(&self.parts), self.node);
        wire_fn(move |wiring| {
            let node = make(parts.wire(wiring)?, wiring);
            Ok(Box::new(Shared(shared(node, id, wiring))))
        })
    }

    /// The rows as a table, which the node that `make` makes keeps up to date with `stream`.
    pub(super) fn table<K2: Clone + 'static, V: Clone + 'static, N: Forward<K2, V> + HasRows + 'static>(
        self,
        stream: &KStream<K2, V>,
        make: impl Fn(TableRows<K, A, S>, &mut Wiring<'_>) -> N + Send + Sync + 'static,
    ) -> KTable<K, A> {
        stream.output.add(self.blueprint(make));
        KTable {
            builder: Rc::clone(&stream.builder),
            node: self.node,
            output: Arc::clone(&self.parts.output),
            serdes: Serdes { key: Some(self.key), value: Some(self.value) },
            sources: stream.sources.clone(),
            store: Some(self.store.name().to_owned()),
            view: S::view(self.store),
            old_values: Arc::clone(&self.parts.old_values),
            name: None,
        }
    }
}
