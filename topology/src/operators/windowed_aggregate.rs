//! `count`, `reduce` and `aggregate` in windows of time.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use tillstream_stores::{Headers, SharedSerde, ValueAndTimestamp, Window, WindowStore, Windowed, time_windowed};

use super::count::Count;
use super::fold::{Fold, counting, folded};
use super::grouping::TimeWindowedKStream;
use crate::graph::{Blueprint, Flush, NodeId, Output, SharedBuilder, StoreHandle, TimeCell, wire_fn};
use crate::options::Materialized;
use crate::processor::{Children, Context, Forward, ProcessError, Record, Shared};
use crate::store_view::WindowView;
use crate::stream::Serdes;
use crate::table::{Change, KTable, OldValues};
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
        let (handle, name) = {
            let mut state = grouped.stream.builder.borrow_mut();
            let builder = materialized.windowed(&mut state, prefix, Arc::clone(&grouped.grouped.key), &self.windows);
            let handle = StoreHandle::<WindowStore<K, A>>::new(builder.name());
            let name = state.names.named(grouped.stream.name.as_deref(), prefix);
            state.add_store(builder, None);
            (handle, name)
        };
        let stream = grouped.partitioned(handle.name());
        let node = stream.add_stateful(name.clone(), handle.name());
        let caching = materialized.effective_caching(&stream.builder.borrow().config);
        let parts = WindowedParts {
            handle,
            windows: self.windows,
            key: Arc::clone(&grouped.grouped.key),
            result: materialized.value,
            caching,
            output: Output::new(),
            old_values: OldValues::at_hand(),
            time_name: format!("observed/{name}"),
        };
        stream.output.add(parts.blueprint(node, fold));
        parts.table(&stream.builder, node, stream.sources.clone())
    }
}

/// What is needed to wire a windowed aggregation and to show it as a table.
pub(super) struct WindowedParts<K, A> {
    pub(super) handle: StoreHandle<WindowStore<K, A>>,
    pub(super) windows: TimeWindows,
    pub(super) key: SharedSerde<K>,
    pub(super) result: SharedSerde<A>,
    pub(super) caching: bool,
    pub(super) output: Arc<Output<Windowed<K>, Change<A>>>,
    pub(super) old_values: Arc<OldValues>,
    pub(super) time_name: String,
}

impl<K: Clone + 'static, A: Clone + 'static> WindowedParts<K, A> {
    fn blueprint<V: Clone + 'static>(&self, node: NodeId, fold: Arc<Fold<K, V, A>>) -> Arc<dyn Blueprint<K, V>> {
        let (handle, output, old_values) =
            (self.handle.clone(), Arc::clone(&self.output), Arc::clone(&self.old_values));
        let (key, result) = (Arc::clone(&self.key), Arc::clone(&self.result));
        let (windows, caching, time_name) = (self.windows, self.caching, self.time_name.clone());
        wire_fn(move |wiring| {
            let aggregate = Rc::new(RefCell::new(WindowedAggregate {
                rows: Rows {
                    store: wiring.store(&handle)?,
                    children: output.wire(wiring)?,
                    old_values: old_values.wanted(),
                    caching,
                    size_ms: windows.size_ms(),
                },
                fold: Arc::clone(&fold),
                key: Arc::clone(&key),
                result: Arc::clone(&result),
                windows,
                observed: wiring.time(&time_name),
            }));
            if caching {
                wiring.set_flush(node, Rc::clone(&aggregate) as Rc<RefCell<dyn Flush>>);
            }
            Ok(Box::new(Shared(aggregate)))
        })
    }

    pub(super) fn table(
        self,
        builder: &SharedBuilder,
        node: NodeId,
        sources: BTreeSet<NodeId>,
    ) -> KTable<Windowed<K>, A> {
        KTable {
            builder: Rc::clone(builder),
            node,
            output: self.output,
            serdes: Serdes { key: Some(time_windowed(self.key, self.windows.size_ms())), value: Some(self.result) },
            sources,
            store: Some(self.handle.name().to_owned()),
            view: Arc::new(WindowView::new(self.handle)),
            old_values: self.old_values,
            name: None,
        }
    }
}

/// The rows of a windowed aggregation and those who hear of their changes.
pub(super) struct Rows<K, A> {
    pub(super) store: Rc<RefCell<WindowStore<K, A>>>,
    pub(super) children: Children<Windowed<K>, Change<A>>,
    pub(super) old_values: bool,
    pub(super) caching: bool,
    pub(super) size_ms: i64,
}

impl<K: Clone, A: Clone> Rows<K, A> {
    /// Folds a value into the row of `key` and `window` and tells the children, unless they hear at the commit.
    pub(super) fn fold<V>(
        &mut self,
        fold: &Fold<K, V, A>,
        result: &SharedSerde<A>,
        record: Record<K, V>,
        window: Window,
        context: &mut Context,
    ) -> Result<(), ProcessError> {
        let Record { key, value, timestamp, headers } = record;
        let forwards = !self.caching && !self.children.is_empty();
        let wants_old = self.old_values;
        // A row keeps headers only until those below have heard of it.
        let kept = if self.caching { headers.clone() } else { Headers::default() };
        let mut change = None;
        self.store.borrow_mut().at(timestamp).update(&key, window.start, &kept, |current| {
            let (new, outcome) = folded(fold, result, &key, value, timestamp, current, wants_old)?;
            if forwards {
                let new = new.as_ref().map(|new| new.value.clone());
                change = Some((outcome.timestamp, Change { new, old: outcome.old }));
            }
            Ok::<Option<ValueAndTimestamp<A>>, ProcessError>(new)
        })?;
        match change {
            Some((timestamp, value)) => {
                let key = Windowed { key, window };
                self.children.forward(Record { key, value, timestamp, headers }, context)
            }
            None => Ok(()),
        }
    }

    /// Behind a repartition topic rows are kept until the slowest sender has passed them; elsewhere the newest window
    /// decides.
    pub(super) fn keep_until_watermark(&self, context: &Context) {
        if let Some(watermark) = context.watermark {
            self.store.borrow_mut().advance(watermark);
        }
    }

    pub(super) fn flush(&mut self, context: &mut Context) -> Result<(), ProcessError> {
        let flushed = self.store.borrow_mut().take_flush()?;
        // A row that came and went between two commits was never there.
        for row in flushed.into_iter().filter(|row| row.new.is_some() || row.old.is_some()) {
            let old = row.old.filter(|_| self.old_values).map(|old| old.value);
            let change = Change { new: row.new.map(|new| new.value), old };
            let window = Window { start: row.key.window.start, end: row.key.window.start.saturating_add(self.size_ms) };
            let key = Windowed { key: row.key.key, window };
            self.children
                .forward(Record { key, value: change, timestamp: row.timestamp, headers: row.headers }, context)?;
        }
        Ok(())
    }
}

struct WindowedAggregate<K, V, A> {
    rows: Rows<K, A>,
    fold: Arc<Fold<K, V, A>>,
    key: SharedSerde<K>,
    result: SharedSerde<A>,
    windows: TimeWindows,
    observed: TimeCell,
}

impl<K: Clone, V: Clone, A: Clone> Forward<K, V> for WindowedAggregate<K, V, A> {
    fn forward(&mut self, record: Record<K, V>, context: &mut Context) -> Result<(), ProcessError> {
        // KS-25: null keys are not aggregated; null values are.
        if self.key.is_null(&record.key) {
            context.dropped.null += 1;
            return Ok(());
        }
        let close = close_time(&self.observed, record.timestamp, &self.windows, context);
        self.rows.keep_until_watermark(context);
        for window in self.windows.containing(record.timestamp) {
            if window.end > close {
                self.rows.fold(&self.fold, &self.result, record.clone(), window, context)?;
            } else {
                context.dropped.late += 1;
            }
        }
        Ok(())
    }
}

/// Moves the observed time on and answers the time up to which windows are closed for this record.
///
/// Behind a repartition topic a record is judged by the time of the task that sent it, so that the verdict does not
/// depend on how fast the other senders are read.
pub(super) fn close_time(observed: &TimeCell, timestamp: i64, windows: &TimeWindows, context: &Context) -> i64 {
    observed.set(observed.get().max(timestamp));
    let time = context.sender.map_or_else(|| observed.get(), |sender| sender.time);
    time.saturating_sub(windows.grace_ms())
}

impl<K: Clone, V, A: Clone> Flush for WindowedAggregate<K, V, A> {
    fn flush(&mut self, context: &mut Context) -> Result<(), ProcessError> {
        self.rows.flush(context)
    }
}
