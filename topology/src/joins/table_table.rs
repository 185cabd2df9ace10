//! A table joined with a table on their common key: the result is a table again (KS-38).

use std::rc::Rc;
use std::sync::Arc;

use super::joiner::{Join, inner, left, outer, swapped};
use super::partitioning::copartition;
use super::table_side::{JoinView, Merger, Needs, TableSide};
use crate::KTable;
use crate::graph::{Blueprint, NodeId, NodeKind, Output, StoreHandle, wire_fn};
use crate::operators::table_rows::TableRowsParts;
use crate::options::Materialized;
use crate::processor::Shared;
use crate::store_view::KeyValueView;
use crate::stream::Serdes;
use crate::table::{Change, OldValues, TableView};

impl<K: Clone + 'static, V: Clone + 'static> KTable<K, V> {
    /// A row for each key that both tables have; it goes when either row goes. Both tables must have equally many partitions.
    pub fn join<V2: Clone + 'static, R: Clone + 'static>(
        &self,
        other: &KTable<K, V2>,
        joiner: impl Fn(&K, &V, &V2) -> R + Send + Sync + 'static,
    ) -> KTable<K, R> {
        self.joined(other, Needs::BOTH, inner(joiner), None)
    }

    /// As [`KTable::join`], with a store for the result.
    pub fn join_materialized<V2: Clone + 'static, R: Clone + 'static>(
        &self,
        other: &KTable<K, V2>,
        joiner: impl Fn(&K, &V, &V2) -> R + Send + Sync + 'static,
        materialized: Materialized<R>,
    ) -> KTable<K, R> {
        self.joined(other, Needs::BOTH, inner(joiner), Some(materialized))
    }

    /// A row for each row of this table, with the other one's where it has one.
    pub fn left_join<V2: Clone + 'static, R: Clone + 'static>(
        &self,
        other: &KTable<K, V2>,
        joiner: impl Fn(&K, &V, Option<&V2>) -> R + Send + Sync + 'static,
    ) -> KTable<K, R> {
        self.joined(other, Needs::LEFT, left(joiner), None)
    }

    /// As [`KTable::left_join`], with a store for the result.
    pub fn left_join_materialized<V2: Clone + 'static, R: Clone + 'static>(
        &self,
        other: &KTable<K, V2>,
        joiner: impl Fn(&K, &V, Option<&V2>) -> R + Send + Sync + 'static,
        materialized: Materialized<R>,
    ) -> KTable<K, R> {
        self.joined(other, Needs::LEFT, left(joiner), Some(materialized))
    }

    /// A row for each key that one of the tables has; the joiner gets at least one row.
    pub fn outer_join<V2: Clone + 'static, R: Clone + 'static>(
        &self,
        other: &KTable<K, V2>,
        joiner: impl Fn(&K, Option<&V>, Option<&V2>) -> R + Send + Sync + 'static,
    ) -> KTable<K, R> {
        self.joined(other, Needs::EITHER, outer(joiner), None)
    }

    /// As [`KTable::outer_join`], with a store for the result.
    pub fn outer_join_materialized<V2: Clone + 'static, R: Clone + 'static>(
        &self,
        other: &KTable<K, V2>,
        joiner: impl Fn(&K, Option<&V>, Option<&V2>) -> R + Send + Sync + 'static,
        materialized: Materialized<R>,
    ) -> KTable<K, R> {
        self.joined(other, Needs::EITHER, outer(joiner), Some(materialized))
    }

    fn joined<V2: Clone + 'static, R: Clone + 'static>(
        &self,
        other: &KTable<K, V2>,
        needs: Needs,
        join: Join<K, V, V2, R>,
        materialized: Option<Materialized<R>>,
    ) -> KTable<K, R> {
        let sources = copartition(&self.builder, &self.sources, &other.sources);
        let nodes = self.join_nodes(other, needs, materialized.as_ref());
        let (left, right) = (self.rows(), other.rows());
        let old_values = {
            let (left, right) = (Arc::clone(&self.old_values), Arc::clone(&other.old_values));
            OldValues::new(move |_, state| {
                left.enable(true, state);
                right.enable(true, state);
                true
            })
        };
        let output: Arc<Output<K, Change<R>>> = Output::new();
        let config = self.builder.borrow().config.clone();
        let merge = Arc::new(Merge {
            node: nodes.merge,
            rows: TableRowsParts {
                caching: materialized.as_ref().is_some_and(|m| m.effective_caching(&config)),
                store: nodes.store.clone(),
                output: Arc::clone(&output),
                old_values: Arc::clone(&old_values),
                value: materialized.as_ref().map(|m| Arc::clone(&m.value)),
            },
        });
        self.output.add(side(Arc::clone(&right), needs, Arc::clone(&join), Arc::clone(&merge)));
        other.output.add(side(Arc::clone(&left), needs.swapped(), swapped(&join), merge));
        let view: Arc<dyn TableView<K, R>> = match &nodes.store {
            Some(handle) => Arc::new(KeyValueView::new(handle.clone())),
            None => Arc::new(JoinView { left, right, needs, join }),
        };
        KTable {
            builder: Rc::clone(&self.builder),
            node: nodes.merge,
            output,
            serdes: Serdes { key: self.serdes.key.clone(), value: materialized.map(|m| m.value) },
            sources,
            view,
            old_values,
            store: nodes.store.map(|handle| handle.name().to_owned()),
            name: None,
        }
    }

    /// Adds the nodes; the merge takes its number first.
    fn join_nodes<V2: Clone + 'static, R: Clone + 'static>(
        &self,
        other: &KTable<K, V2>,
        needs: Needs,
        materialized: Option<&Materialized<R>>,
    ) -> JoinNodes<K, R> {
        let (left, right) = (self.rows().stores(), other.rows().stores());
        let mut state = self.builder.borrow_mut();
        let store = materialized.zip(self.serdes.key.clone()).map(|(materialized, key)| {
            let builder = materialized.key_value(&mut state, "KTABLE-MERGE-", key);
            let handle = StoreHandle::new(builder.name());
            state.add_store(builder, None);
            handle
        });
        let merge = state.names.named(self.name.as_deref(), "KTABLE-MERGE-");
        let suffixed = |suffix| self.name.as_ref().map(|name| format!("{name}{suffix}"));
        let this = state.names.named(suffixed("-join-this").as_deref(), "KTABLE-JOINTHIS-");
        let that = state.names.named(suffixed("-join-other").as_deref(), "KTABLE-JOINOTHER-");
        // Whose row alone makes a result needs its old value, to know whether there was one.
        if !needs.right {
            self.old_values.enable(true, &mut state);
        }
        if !needs.left {
            other.old_values.enable(true, &mut state);
        }
        let this = state.add_node(this, NodeKind::Processor { stores: right }, vec![self.node]);
        let that = state.add_node(that, NodeKind::Processor { stores: left }, vec![other.node]);
        let stores = store.iter().map(|handle: &StoreHandle<_>| handle.name().to_owned()).collect();
        let merge = state.add_node(merge, NodeKind::Processor { stores }, vec![this, that]);
        JoinNodes { merge, store }
    }
}

struct JoinNodes<K, R> {
    merge: NodeId,
    store: Option<StoreHandle<tillstream_stores::KeyValueStore<K, R>>>,
}

/// The node where both sides meet.
struct Merge<K, R> {
    node: NodeId,
    rows: TableRowsParts<K, R>,
}

/// One side: its updates meet the rows of `other`.
fn side<K: Clone + 'static, A: Clone + 'static, B: Clone + 'static, R: Clone + 'static>(
    other: Arc<dyn TableView<K, B>>,
    needs: Needs,
    join: Join<K, A, B, R>,
    merge: Arc<Merge<K, R>>,
) -> Arc<dyn Blueprint<K, Change<A>>> {
    wire_fn(move |wiring| {
        let node = merge.node;
        let merged = wiring.shared(node, |wiring| Ok(Merger { rows: merge.rows.wire(wiring)? }))?;
        if merge.rows.caching {
            wiring.set_flush(node, merged.clone());
        }
        Ok(Box::new(TableSide { other: other.getter(wiring)?, needs, join: Arc::clone(&join), merged: Shared(merged) }))
    })
}
