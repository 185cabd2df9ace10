//! `count`, `reduce` and `aggregate` of a grouped table (KS-40).

use std::sync::Arc;

use tillstream_stores::{KeyValueStore, ValueAndTimestamp};

use super::aggregation::{Aggregation, add_store};
use super::fold::{Fold, Outcome};
use super::table_grouping::KGroupedTable;
use super::table_rows::{CachedRows, HasRows, TableRows};
use crate::options::Materialized;
use crate::processor::{Context, Forward, ProcessError, Record};
use crate::table::{Change, KTable};

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
        let store = {
            let mut state = self.builder().borrow_mut();
            // The store of a reduce is called after the aggregate as well (KS-3).
            let builder = materialized.key_value(&mut state, "KTABLE-AGGREGATE-", Arc::clone(&key));
            add_store::<KeyValueStore<K, A>>(&mut state, builder)
        };
        let (stream, name) = self.partitioned(prefix, store.name());
        let fold = Arc::new(fold);
        Aggregation::below(&stream, name, store, key, materialized)
            .table(&stream, move |rows, _| TableAggregate { rows, fold: Arc::clone(&fold) })
    }
}

impl<K, V, A: Clone> TableFold<K, V, A> {
    /// Subtracts the old row, then adds the new one; null results are no aggregate.
    fn next(
        &self,
        rows: &TableRows<K, A>,
        key: &K,
        change: Change<V>,
        current: Option<A>,
    ) -> Result<Option<A>, ProcessError>
    where
        K: Clone,
    {
        let rest = match (change.old, current) {
            (Some(old), Some(current)) => {
                Some((self.subtract)(key, old, current)?).filter(|aggregate| rows.is_row(aggregate))
            }
            (_, current) => current,
        };
        match change.new {
            Some(new) => Ok(Some(self.add.apply(key, new, rest)?).filter(|aggregate| rows.is_row(aggregate))),
            None => Ok(rest),
        }
    }
}

struct TableAggregate<K, V, A> {
    rows: TableRows<K, A>,
    fold: Arc<TableFold<K, V, A>>,
}

impl<K: Clone + 'static, V: Clone, A: Clone + 'static> Forward<K, Change<V>> for TableAggregate<K, V, A> {
    fn forward(&mut self, record: Record<K, Change<V>>, context: &mut Context) -> Result<(), ProcessError> {
        let (fold, timestamp) = (&self.fold, record.timestamp);
        self.rows.fold(record, context, |rows, key, change, current| {
            let timestamp = current.as_ref().map_or(timestamp, |current| timestamp.max(current.timestamp));
            let current = current.map(|current| current.value);
            let old = if rows.old_values { current.clone() } else { None };
            let new = fold.next(rows, key, change, current)?;
            Ok((new.map(|value| ValueAndTimestamp { value, timestamp }), Outcome { timestamp, old }))
        })
    }
}

impl<K: Clone + 'static, V: Clone, A: Clone + 'static> HasRows for TableAggregate<K, V, A> {
    fn rows(&mut self) -> &mut dyn CachedRows {
        &mut self.rows
    }
}
