//! `count`, `reduce` and `aggregate` of a grouped stream, without windows.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use tillstream_stores::{Headers, KeyValueStore, SharedSerde, ValueAndTimestamp};

use super::count::Count;
use super::fold::{Fold, counting, folded};
use super::grouping::KGroupedStream;
use crate::graph::{Flush, Output, StoreHandle, wire_fn};
use crate::options::Materialized;
use crate::processor::{Children, Context, Forward, ProcessError, Record, Shared};
use crate::store_view::KeyValueView;
use crate::stream::Serdes;
use crate::table::{Change, KTable, OldValues};

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
        let (handle, name) = {
            let mut state = self.stream.builder.borrow_mut();
            let builder = materialized.key_value(&mut state, prefix, Arc::clone(&key));
            let handle = StoreHandle::<KeyValueStore<K, A>>::new(builder.name());
            let name = state.names.named(self.stream.name.as_deref(), prefix);
            state.add_store(builder, None);
            (handle, name)
        };
        let stream = self.partitioned(handle.name());
        let old_values = OldValues::at_hand();
        let output: Arc<Output<K, Change<A>>> = Output::new();
        let node = stream.add_stateful(name, handle.name());
        let caching = materialized.effective_caching(&stream.builder.borrow().config);
        let blueprint = {
            let (handle, output, old_values) = (handle.clone(), Arc::clone(&output), Arc::clone(&old_values));
            let (value, result) = (Arc::clone(&self.grouped.value), Arc::clone(&materialized.value));
            let key = Arc::clone(&key);
            wire_fn(move |wiring| {
                let aggregate = Rc::new(RefCell::new(Aggregate {
                    store: wiring.store(&handle)?,
                    fold: Arc::clone(&fold),
                    key: Arc::clone(&key),
                    value: Arc::clone(&value),
                    result: Arc::clone(&result),
                    children: output.wire(wiring)?,
                    old_values: old_values.wanted(),
                    caching,
                }));
                if caching {
                    wiring.set_flush(node, Rc::clone(&aggregate) as Rc<RefCell<dyn Flush>>);
                }
                Ok(Box::new(Shared(aggregate)))
            })
        };
        stream.output.add(blueprint);
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

struct Aggregate<K, V, A> {
    store: Rc<RefCell<KeyValueStore<K, A>>>,
    fold: Arc<Fold<K, V, A>>,
    key: SharedSerde<K>,
    value: SharedSerde<V>,
    result: SharedSerde<A>,
    children: Children<K, Change<A>>,
    old_values: bool,
    caching: bool,
}

impl<K: Clone, V, A: Clone> Forward<K, V> for Aggregate<K, V, A> {
    fn forward(&mut self, record: Record<K, V>, context: &mut Context) -> Result<(), ProcessError> {
        // KS-25: neither null keys nor null values are aggregated.
        if self.key.is_null(&record.key) || self.value.is_null(&record.value) {
            context.dropped.null += 1;
            return Ok(());
        }
        let Record { key, value, timestamp, headers } = record;
        let forwards = !self.caching && !self.children.is_empty();
        // A row keeps headers only until those below have heard of it.
        let kept = if self.caching { headers.clone() } else { Headers::default() };
        let mut change = None;
        self.store.borrow_mut().at(timestamp).update(&key, &kept, |current| {
            let (new, outcome) = folded(&self.fold, &self.result, &key, value, timestamp, current, self.old_values)?;
            if forwards {
                change = Some((
                    outcome.timestamp,
                    Change { new: new.as_ref().map(|new| new.value.clone()), old: outcome.old },
                ));
            }
            Ok::<Option<ValueAndTimestamp<A>>, ProcessError>(new)
        })?;
        match change {
            Some((timestamp, change)) => {
                self.children.forward(Record { key, value: change, timestamp, headers }, context)
            }
            None => Ok(()),
        }
    }
}

impl<K: Clone, V, A: Clone> Flush for Aggregate<K, V, A> {
    fn flush(&mut self, context: &mut Context) -> Result<(), ProcessError> {
        let flushed = self.store.borrow_mut().take_flush()?;
        // A row that came and went between two commits was never there.
        for row in flushed.into_iter().filter(|row| row.new.is_some() || row.old.is_some()) {
            let old = row.old.filter(|_| self.old_values).map(|old| old.value);
            let change = Change { new: row.new.map(|new| new.value), old };
            let record = Record { key: row.key, value: change, timestamp: row.timestamp, headers: row.headers };
            self.children.forward(record, context)?;
        }
        Ok(())
    }
}
