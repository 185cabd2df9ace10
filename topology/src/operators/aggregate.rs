//! `count`, `reduce` and `aggregate` of a grouped stream, without windows.

use std::sync::Arc;

use tillstream_stores::{KeyValueStore, SharedSerde};

use super::aggregation::{Aggregation, add_store};
use super::count::Count;
use super::fold::{Fold, counting};
use super::grouping::KGroupedStream;
use super::table_rows::{CachedRows, HasRows, TableRows};
use crate::options::Materialized;
use crate::processor::{Context, Forward, ProcessError, Record};
use crate::table::KTable;

impl<K: Clone + 'static, V: Clone + 'static> KGroupedStream<K, V> {
    /// The number of records of each key.
    pub fn count<C: Count>(&self, materialized: Materialized<C>) -> KTable<K, C> {
        materialized.burn_name(&self.stream.builder, "KSTREAM-AGGREGATE-");
        self.fold("KSTREAM-AGGREGATE-", counting(), materialized)
    }

    /// The records of each key combined two by two; the first stands as it is.
    pub fn reduce(
        &self,
        reducer: impl Fn(V, V) -> V + Send + Sync + 'static,
        materialized: Materialized<V>,
    ) -> KTable<K, V> {
        let fold = Fold::from_first(move |_: &K, value, aggregate| match aggregate {
            Some(aggregate) => Ok(reducer(aggregate, value)),
            None => Ok(value),
        });
        self.fold("KSTREAM-REDUCE-", fold, materialized)
    }

    /// The records of each key folded into an aggregate that starts as `initializer` says.
    pub fn aggregate<A: Clone + 'static>(
        &self,
        initializer: impl Fn() -> A + Send + Sync + 'static,
        aggregator: impl Fn(&K, V, A) -> A + Send + Sync + 'static,
        materialized: Materialized<A>,
    ) -> KTable<K, A> {
        self.try_aggregate(
            initializer,
            move |key, value, aggregate| Ok(aggregator(key, value, aggregate)),
            materialized,
        )
    }

    /// As [`KGroupedStream::aggregate`], for an aggregator that can refuse a record (an overflow), which then goes to the
    /// dead letters and changes nothing.
    pub fn try_aggregate<A: Clone + 'static>(
        &self,
        initializer: impl Fn() -> A + Send + Sync + 'static,
        aggregator: impl Fn(&K, V, A) -> Result<A, ProcessError> + Send + Sync + 'static,
        materialized: Materialized<A>,
    ) -> KTable<K, A> {
        self.fold("KSTREAM-AGGREGATE-", Fold::with_initial(initializer, aggregator), materialized)
    }

    pub(crate) fn fold<A: Clone + 'static>(
        &self,
        prefix: &str,
        fold: Arc<Fold<K, V, A>>,
        materialized: Materialized<A>,
    ) -> KTable<K, A> {
        let key = Arc::clone(&self.grouped.key);
        let (store, name) = {
            let mut state = self.stream.builder.borrow_mut();
            let builder = materialized.key_value(&mut state, prefix, Arc::clone(&key));
            let name = state.names.named(self.stream.name.as_deref(), prefix);
            (add_store::<KeyValueStore<K, A>>(&mut state, builder), name)
        };
        let stream = self.partitioned(store.name());
        let value = Arc::clone(&self.grouped.value);
        Aggregation::below(&stream, name, store, Arc::clone(&key), materialized).table(&stream, move |rows, _| {
            Aggregate { rows, fold: Arc::clone(&fold), key: Arc::clone(&key), value: Arc::clone(&value) }
        })
    }
}

struct Aggregate<K, V, A> {
    rows: TableRows<K, A>,
    fold: Arc<Fold<K, V, A>>,
    key: SharedSerde<K>,
    value: SharedSerde<V>,
}

impl<K: Clone + 'static, V, A: Clone + 'static> Forward<K, V> for Aggregate<K, V, A> {
    fn forward(&mut self, record: Record<K, V>, context: &mut Context) -> Result<(), ProcessError> {
        // KS-25: neither null keys nor null values are aggregated.
        if self.key.is_null(&record.key) || self.value.is_null(&record.value) {
            context.dropped.null += 1;
            return Ok(());
        }
        let (fold, timestamp) = (&self.fold, record.timestamp);
        self.rows.fold(record, context, |rows, key, value, current| fold.step(rows, key, value, timestamp, current))
    }
}

impl<K: Clone + 'static, V, A: Clone + 'static> HasRows for Aggregate<K, V, A> {
    fn rows(&mut self) -> &mut dyn CachedRows {
        &mut self.rows
    }
}
