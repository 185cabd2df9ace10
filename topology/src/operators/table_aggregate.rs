//! `count`, `reduce` and `aggregate` of a grouped table (KS-40).

use std::rc::Rc;
use std::sync::Arc;

use tillstream_stores::{Headers, KeyValueStore, ValueAndTimestamp};

use super::fold::Fold;
use super::table_grouping::KGroupedTable;
use super::table_rows::{HasRows, TableRows, TableRowsParts, shared};
use crate::graph::{Output, StoreHandle, wire_fn};
use crate::options::Materialized;
use crate::processor::{Context, Forward, ProcessError, Record, Shared};
use crate::store_view::KeyValueView;
use crate::stream::Serdes;
use crate::table::{Change, KTable, OldValues};

type Subtract<K, V, A> = Box<dyn Fn(&K, V, A) -> Result<A, ProcessError> + Send + Sync>;

/// How rows come into an aggregate and leave it.
struct TableFold<K, V, A> {
    add: Arc<Fold<K, V, A>>,
    subtract: Subtract<K, V, A>,
}

impl<K: Clone + 'static, V: Clone + 'static> KGroupedTable<K, V> {
    /// The number of rows in each group. A group all rows have left stays, with 0.
    pub fn count(&self, materialized: Materialized<u64>) -> KTable<K, u64> {
        let fold = TableFold {
            add: Fold::with_initial(|| 0, |_: &K, _: V, count| Ok(count + 1)),
            subtract: Box::new(|_, _, count: u64| Ok(count.saturating_sub(1))),
        };
        self.folded("KTABLE-AGGREGATE-", fold, materialized)
    }

    /// The rows of each group combined two by two by `adder(aggregate, value)`; `subtractor(aggregate, value)` takes a row out
    /// again. The first row stands as it is.
    pub fn reduce(
        &self,
        adder: impl Fn(V, V) -> V + Send + Sync + 'static,
        subtractor: impl Fn(V, V) -> V + Send + Sync + 'static,
        materialized: Materialized<V>,
    ) -> KTable<K, V> {
        let add = Fold::from_first(move |_: &K, value, aggregate| match aggregate {
            Some(aggregate) => Ok(adder(aggregate, value)),
            None => Ok(value),
        });
        let fold = TableFold { add, subtract: Box::new(move |_, value, aggregate| Ok(subtractor(aggregate, value))) };
        self.folded("KTABLE-REDUCE-", fold, materialized)
    }

    /// The rows of each group folded into an aggregate that starts as `initializer` says; `subtractor` takes a row out again.
    pub fn aggregate<A: Clone + 'static>(
        &self,
        initializer: impl Fn() -> A + Send + Sync + 'static,
        adder: impl Fn(&K, V, A) -> A + Send + Sync + 'static,
        subtractor: impl Fn(&K, V, A) -> A + Send + Sync + 'static,
        materialized: Materialized<A>,
    ) -> KTable<K, A> {
        self.try_aggregate(
            initializer,
            move |key, value, aggregate| Ok(adder(key, value, aggregate)),
            move |key, value, aggregate| Ok(subtractor(key, value, aggregate)),
            materialized,
        )
    }

    /// As [`KGroupedTable::aggregate`], for functions that can refuse a row (an overflow), which then goes to the dead letters
    /// and changes nothing.
    pub fn try_aggregate<A: Clone + 'static>(
        &self,
        initializer: impl Fn() -> A + Send + Sync + 'static,
        adder: impl Fn(&K, V, A) -> Result<A, ProcessError> + Send + Sync + 'static,
        subtractor: impl Fn(&K, V, A) -> Result<A, ProcessError> + Send + Sync + 'static,
        materialized: Materialized<A>,
    ) -> KTable<K, A> {
        let fold = TableFold { add: Fold::with_initial(initializer, adder), subtract: Box::new(subtractor) };
        self.folded("KTABLE-AGGREGATE-", fold, materialized)
    }

    fn folded<A: Clone + 'static>(
        &self,
        prefix: &str,
        fold: TableFold<K, V, A>,
        materialized: Materialized<A>,
    ) -> KTable<K, A> {
        let key = Arc::clone(&self.grouped.key);
        let handle = {
            let mut state = self.builder().borrow_mut();
            // The store of a reduce is called after the aggregate as well (KS-3).
            let builder = materialized.key_value(&mut state, "KTABLE-AGGREGATE-", Arc::clone(&key));
            let handle = StoreHandle::<KeyValueStore<K, A>>::new(builder.name());
            state.add_store(builder, None);
            handle
        };
        let (stream, name) = self.partitioned(prefix, handle.name());
        let node = stream.add_stateful(name, handle.name());
        let old_values = OldValues::at_hand();
        let output = Output::new();
        let parts = TableRowsParts {
            store: Some(handle.clone()),
            output: Arc::clone(&output),
            old_values: Arc::clone(&old_values),
            caching: materialized.effective_caching(&stream.builder.borrow().config),
            value: Some(Arc::clone(&materialized.value)),
        };
        let fold = Arc::new(fold);
        stream.output.add(wire_fn(move |wiring| {
            let aggregate = TableAggregate { rows: parts.wire(wiring)?, fold: Arc::clone(&fold) };
            Ok(Box::new(Shared(shared(aggregate, node, wiring))))
        }));
        KTable {
            builder: Rc::clone(&stream.builder),
            node,
            output,
            serdes: Serdes { key: Some(key), value: Some(materialized.value) },
            sources: stream.sources.clone(),
            view: Arc::new(KeyValueView::new(handle.clone())),
            old_values,
            store: Some(handle.name().to_owned()),
            name: None,
        }
    }
}

struct TableAggregate<K, V, A> {
    rows: TableRows<K, A>,
    fold: Arc<TableFold<K, V, A>>,
}

impl<K: Clone, V: Clone, A: Clone> TableAggregate<K, V, A> {
    /// Subtracts the old row, then adds the new one; null results are no aggregate.
    fn next(&self, key: &K, change: Change<V>, current: Option<A>) -> Result<Option<A>, ProcessError> {
        let present = |aggregate: &A| !self.rows.value.as_ref().is_some_and(|serde| serde.is_null(aggregate));
        let rest = match (change.old, current) {
            (Some(old), Some(current)) => Some((self.fold.subtract)(key, old, current)?).filter(present),
            (_, current) => current,
        };
        match change.new {
            Some(new) => Ok(Some(self.fold.add.apply(key, new, rest)?).filter(present)),
            None => Ok(rest),
        }
    }
}

impl<K: Clone, V: Clone, A: Clone> Forward<K, Change<V>> for TableAggregate<K, V, A> {
    fn forward(&mut self, record: Record<K, Change<V>>, context: &mut Context) -> Result<(), ProcessError> {
        let Record { key, value, timestamp, headers } = record;
        let Some(store) = self.rows.store.clone() else { return Ok(()) };
        let forwards = !self.rows.caching && !self.rows.children.is_empty();
        let logged = if self.rows.caching { headers.clone() } else { Headers::default() };
        let mut outcome = None;
        store.borrow_mut().at(timestamp).update(&key, &logged, |current| {
            let time = current.as_ref().map_or(timestamp, |current| timestamp.max(current.timestamp));
            let old = current.map(|current| current.value);
            let kept = if forwards && self.rows.old_values { old.clone() } else { None };
            let new = self.next(&key, value, old)?;
            if forwards {
                outcome = Some((time, Change { new: new.clone(), old: kept }));
            }
            Ok::<_, ProcessError>(new.map(|value| ValueAndTimestamp { value, timestamp: time }))
        })?;
        match outcome {
            Some((timestamp, value)) => self.rows.children.forward(Record { key, value, timestamp, headers }, context),
            None => Ok(()),
        }
    }
}

impl<K: Clone, V: Clone, A: Clone> HasRows for TableAggregate<K, V, A> {
    type Key = K;
    type Value = A;

    fn rows(&mut self) -> &mut TableRows<K, A> {
        &mut self.rows
    }
}
