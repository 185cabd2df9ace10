//! `count`, `reduce` and `aggregate` in windows of time.

use std::sync::Arc;

use tillstream_stores::{SharedSerde, WindowStore, Windowed, time_windowed};

use super::aggregation::{Aggregation, add_store};
use super::count::Count;
use super::fold::{Fold, counting};
use super::grouping::TimeWindowedKStream;
use super::table_rows::{CachedRows, HasRows, TableRows};
use crate::KStream;
use crate::graph::{StoreHandle, TimeCell};
use crate::options::Materialized;
use crate::processor::{Context, Forward, ProcessError, Record};
use crate::table::KTable;
use crate::windows::TimeWindows;

impl<K: Clone + 'static, V: Clone + 'static> TimeWindowedKStream<K, V> {
    /// The number of records of each key and window.
    pub fn count<C: Count>(&self, materialized: Materialized<C>) -> KTable<Windowed<K>, C> {
        materialized.burn_name(&self.grouped.stream.builder, "KSTREAM-AGGREGATE-");
        self.fold("KSTREAM-AGGREGATE-", counting(), materialized)
    }

    /// The records of each key and window combined two by two; the first stands as it is.
    pub fn reduce(
        &self,
        reducer: impl Fn(V, V) -> V + Send + Sync + 'static,
        materialized: Materialized<V>,
    ) -> KTable<Windowed<K>, V> {
        let fold = Fold::from_first(move |_: &K, value, aggregate| match aggregate {
            Some(aggregate) => Ok(reducer(aggregate, value)),
            None => Ok(value),
        });
        self.fold("KSTREAM-REDUCE-", fold, materialized)
    }

    /// The records of each key and window folded into an aggregate that starts as `initializer` says.
    pub fn aggregate<A: Clone + 'static>(
        &self,
        initializer: impl Fn() -> A + Send + Sync + 'static,
        aggregator: impl Fn(&K, V, A) -> A + Send + Sync + 'static,
        materialized: Materialized<A>,
    ) -> KTable<Windowed<K>, A> {
        self.try_aggregate(
            initializer,
            move |key, value, aggregate| Ok(aggregator(key, value, aggregate)),
            materialized,
        )
    }

    /// As [`TimeWindowedKStream::aggregate`], for an aggregator that can refuse a record, which then goes to the dead
    /// letters and changes nothing.
    pub fn try_aggregate<A: Clone + 'static>(
        &self,
        initializer: impl Fn() -> A + Send + Sync + 'static,
        aggregator: impl Fn(&K, V, A) -> Result<A, ProcessError> + Send + Sync + 'static,
        materialized: Materialized<A>,
    ) -> KTable<Windowed<K>, A> {
        self.fold("KSTREAM-AGGREGATE-", Fold::with_initial(initializer, aggregator), materialized)
    }

    fn fold<A: Clone + 'static>(
        &self,
        prefix: &str,
        fold: Arc<Fold<K, V, A>>,
        materialized: Materialized<A>,
    ) -> KTable<Windowed<K>, A> {
        let grouped = &self.grouped;
        let (store, name) = self.window_store(prefix, &materialized);
        let stream = grouped.partitioned(store.name());
        let (key, windows) = (Arc::clone(&grouped.grouped.key), self.windows);
        let observed = observed_name(&name);
        self.aggregation(&stream, name, store, materialized).table(&stream, move |rows, wiring| WindowedAggregate {
            rows,
            fold: Arc::clone(&fold),
            key: Arc::clone(&key),
            windows,
            observed: wiring.time(&observed),
        })
    }

    /// Adds the store of an aggregation, and names the node that keeps it.
    pub(super) fn window_store<A: Clone + 'static>(
        &self,
        prefix: &str,
        materialized: &Materialized<A>,
    ) -> (StoreHandle<WindowStore<K, A>>, String) {
        let stream = &self.grouped.stream;
        let mut state = stream.builder.borrow_mut();
        let key = Arc::clone(&self.grouped.grouped.key);
        let builder = materialized.windowed(&mut state, prefix, key, &self.windows);
        let name = state.names.named(stream.name.as_deref(), prefix);
        (add_store(&mut state, builder), name)
    }

    /// The aggregation of `stream` in `store`.
    pub(super) fn aggregation<K2: Clone + 'static, V2: Clone + 'static, A: Clone + 'static>(
        &self,
        stream: &KStream<K2, V2>,
        name: String,
        store: StoreHandle<WindowStore<K, A>>,
        materialized: Materialized<A>,
    ) -> Aggregation<Windowed<K>, A, WindowStore<K, A>> {
        let key = time_windowed(Arc::clone(&self.grouped.grouped.key), self.windows.size_ms());
        Aggregation::below(stream, name, store, key, materialized)
    }
}

/// Name under which the highest event time that the node `node` met is saved.
pub(super) fn observed_name(node: &str) -> String {
    format!("observed/{node}")
}

/// The rows of a windowed aggregation.
pub(super) type WindowedRows<K, A> = TableRows<Windowed<K>, A, WindowStore<K, A>>;

impl<K: Clone, A: Clone> WindowedRows<K, A> {
    /// Behind a repartition topic rows are kept until the slowest sender has passed them; elsewhere the newest window
    /// decides.
    pub(super) fn keep_until_watermark(&self, context: &Context) {
        if let (Some(watermark), Some(store)) = (context.watermark, &self.store) {
            store.borrow_mut().advance(watermark);
        }
    }
}

struct WindowedAggregate<K, V, A> {
    rows: WindowedRows<K, A>,
    fold: Arc<Fold<K, V, A>>,
    key: SharedSerde<K>,
    windows: TimeWindows,
    observed: TimeCell,
}

impl<K: Clone + 'static, V: Clone, A: Clone + 'static> Forward<K, V> for WindowedAggregate<K, V, A> {
    fn forward(&mut self, record: Record<K, V>, context: &mut Context) -> Result<(), ProcessError> {
        // KS-25: null keys are not aggregated; null values are.
        if self.key.is_null(&record.key) {
            context.dropped.null += 1;
            return Ok(());
        }
        let close = close_time(&self.observed, record.timestamp, self.windows.grace_ms(), context);
        self.rows.keep_until_watermark(context);
        for window in self.windows.containing(record.timestamp) {
            if window.end > close {
                let Record { key, value, timestamp, headers } = record.clone();
                let record = Record { key: Windowed { key, window }, value, timestamp, headers };
                fold_window(&mut self.rows, &self.fold, record, context)?;
            } else {
                context.dropped.late += 1;
            }
        }
        Ok(())
    }
}

/// Folds a record into the row of its window.
pub(super) fn fold_window<K: Clone + 'static, V, A: Clone + 'static>(
    rows: &mut WindowedRows<K, A>,
    fold: &Fold<K, V, A>,
    record: Record<Windowed<K>, V>,
    context: &mut Context,
) -> Result<(), ProcessError> {
    let timestamp = record.timestamp;
    rows.fold(record, context, |rows, key, value, current| fold.step(rows, &key.key, value, timestamp, current))
}

/// Moves the observed time on and answers the time up to which windows are closed for this record.
///
/// Behind a repartition topic a record is judged by the time of the task that sent it, so that the verdict does not
/// depend on how fast the other senders are read.
pub(super) fn close_time(observed: &TimeCell, timestamp: i64, grace_ms: i64, context: &Context) -> i64 {
    observed.set(observed.get().max(timestamp));
    let time = context.sender.map_or_else(|| observed.get(), |sender| sender.time);
    time.saturating_sub(grace_ms)
}

impl<K: Clone + 'static, V, A: Clone + 'static> HasRows for WindowedAggregate<K, V, A> {
    fn rows(&mut self) -> &mut dyn CachedRows {
        &mut self.rows
    }
}
