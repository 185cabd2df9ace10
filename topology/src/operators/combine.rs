//! `aggregate_merging`: aggregate before the repartition topic, merge behind it.
//!
//! What crosses the log is one partial aggregate for each key (and window) in a commit interval instead of every record.
//! Results are the same. Lateness is judged here, by the time of this task, exactly as a receiver would judge the single
//! records. A partial goes on in the trace of its last record that has headers at all: many records become one, and one of them
//! can be followed.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;
use tillstream_stores::{Headers, SharedSerde, Window, Windowed, time_windowed};

use super::fold::Fold;
use super::grouping::{KGroupedStream, TimeWindowedKStream};
use super::repartition::repartition_topic;
use super::sink::{sender_time, sender_time_name};
use super::table_rows::{CachedRows, HasRows};
use super::windowed_aggregate::{WindowedRows, fold_window, observed_name};
use crate::KStream;
use crate::graph::{Flush, Output, SharedBuilder, TimeCell, wire_fn};
use crate::options::{Grouped, Materialized};
use crate::processor::{Children, Context, Forward, ProcessError, Record, Shared};
use crate::stream::Serdes;
use crate::table::KTable;
use crate::windows::TimeWindows;

/// Partial aggregates kept between two commits before a commit is asked for early.
const MAX_PARTIALS: usize = 200_000;

impl<K: Clone + 'static, V: Clone + 'static> KGroupedStream<K, V> {
    /// As [`KGroupedStream::try_aggregate`], for aggregates that can be merged: records are combined before they are
    /// repartitioned, which saves most of the traffic. `merger` must agree with `aggregator`: folding two runs of values and
    /// merging gives what folding all of them gives.
    pub fn aggregate_merging<A: Clone + 'static>(
        &self,
        initializer: impl Fn() -> A + Send + Sync + 'static,
        aggregator: impl Fn(&K, V, A) -> Result<A, ProcessError> + Send + Sync + 'static,
        merger: impl Fn(&K, A, A) -> Result<A, ProcessError> + Send + Sync + 'static,
        materialized: Materialized<A>,
    ) -> KTable<K, A> {
        if !self.stream.key_changed {
            return self.try_aggregate(initializer, aggregator, materialized);
        }
        let (fold, merge) = folds(initializer, aggregator, merger);
        let partials = Partials {
            key: Arc::clone(&self.grouped.key),
            value: Some(Arc::clone(&self.grouped.value)),
            fold,
            windows: None,
        };
        let name = topic_name(&self.grouped.name, &materialized, &self.stream.builder);
        let combined = self.combined(partials, &name).map_partial(|windowed| windowed.key);
        let grouped =
            Grouped { key: Arc::clone(&self.grouped.key), value: Arc::clone(&materialized.value), name: None };
        let stream = combined.through(&name, &grouped, None);
        KGroupedStream { stream, grouped }.fold("KSTREAM-AGGREGATE-", merge, materialized)
    }
}

impl<K: Clone + 'static, V: Clone + 'static> TimeWindowedKStream<K, V> {
    /// As [`TimeWindowedKStream::try_aggregate`], for aggregates that can be merged; see
    /// [`KGroupedStream::aggregate_merging`].
    pub fn aggregate_merging<A: Clone + 'static>(
        &self,
        initializer: impl Fn() -> A + Send + Sync + 'static,
        aggregator: impl Fn(&K, V, A) -> Result<A, ProcessError> + Send + Sync + 'static,
        merger: impl Fn(&K, A, A) -> Result<A, ProcessError> + Send + Sync + 'static,
        materialized: Materialized<A>,
    ) -> KTable<Windowed<K>, A> {
        let grouped = &self.grouped;
        if !grouped.stream.key_changed {
            return self.try_aggregate(initializer, aggregator, materialized);
        }
        let (fold, merge) = folds(initializer, aggregator, merger);
        let key = Arc::clone(&grouped.grouped.key);
        let partials = Partials { key: Arc::clone(&key), value: None, fold, windows: Some(self.windows) };
        let name = topic_name(&grouped.grouped.name, &materialized, &grouped.stream.builder);
        let combined = grouped.combined(partials, &name);
        let serdes = Grouped {
            key: time_windowed(key, self.windows.size_ms()),
            value: Arc::clone(&materialized.value),
            name: None,
        };
        let stream = combined.through(&name, &serdes, None);
        self.merged(&stream, merge, materialized)
    }

    /// The table of merged partials behind the repartition topic.
    fn merged<A: Clone + 'static>(
        &self,
        stream: &KStream<Windowed<K>, A>,
        merge: Arc<Fold<K, A, A>>,
        materialized: Materialized<A>,
    ) -> KTable<Windowed<K>, A> {
        let (store, name) = self.window_store("KSTREAM-AGGREGATE-", &materialized);
        let observed = observed_name(&name);
        self.aggregation(stream, name, store, materialized).table(stream, move |rows, wiring| Merge {
            rows,
            merge: Arc::clone(&merge),
            observed: wiring.time(&observed),
        })
    }
}

/// What folds records into partial aggregates, and those into rows.
type Folds<K, V, A> = (Arc<Fold<K, V, A>>, Arc<Fold<K, A, A>>);

fn folds<K: 'static, V: 'static, A: 'static>(
    initializer: impl Fn() -> A + Send + Sync + 'static,
    aggregator: impl Fn(&K, V, A) -> Result<A, ProcessError> + Send + Sync + 'static,
    merger: impl Fn(&K, A, A) -> Result<A, ProcessError> + Send + Sync + 'static,
) -> Folds<K, V, A> {
    let initializer = Arc::new(initializer);
    let initial = Arc::clone(&initializer);
    let merge = move |key: &K, partial, whole| merger(key, whole, partial);
    (Fold::with_initial(move || initial(), aggregator), Fold::with_initial(move || initializer(), merge))
}

/// What the topic is called: after the grouping, else after the store, else by number.
fn topic_name<A>(grouping: &Option<String>, materialized: &Materialized<A>, builder: &SharedBuilder) -> String {
    grouping
        .clone()
        .or_else(|| materialized.name.clone())
        .unwrap_or_else(|| builder.borrow_mut().names.node("KSTREAM-COMBINE-"))
}

/// How records become partial aggregates.
struct Partials<K, V, A> {
    key: SharedSerde<K>,
    /// Present where null values are dropped (KS-25).
    value: Option<SharedSerde<V>>,
    fold: Arc<Fold<K, V, A>>,
    windows: Option<TimeWindows>,
}

impl<K: Clone + 'static, V: Clone + 'static> KGroupedStream<K, V> {
    /// Adds the combiner; without windows all partials share the window `[0, 0)`.
    fn combined<A: Clone + 'static>(&self, partials: Partials<K, V, A>, name: &str) -> KStream<Windowed<K>, A> {
        let stream = KStream { name: None, ..self.stream.clone() };
        let child = stream.child("KSTREAM-COMBINE-", Vec::new(), Serdes { key: None, value: None });
        let (node, output) = (child.node, Arc::clone(&child.output));
        let sent = sender_time_name(&repartition_topic(name));
        let partials = Arc::new(partials);
        stream.output.add(wire_fn(move |wiring| {
            let combiner = Rc::new(RefCell::new(Combiner {
                partials: Arc::clone(&partials),
                children: output.wire(wiring)?,
                sent: wiring.time(&sent),
                index: HashMap::default(),
                rows: Vec::new(),
                scratch: Vec::new(),
            }));
            wiring.set_flush(node, Rc::clone(&combiner) as Rc<RefCell<dyn Flush>>);
            Ok(Box::new(Shared(combiner)))
        }));
        child
    }
}

impl<K: Clone + 'static, A: Clone + 'static> KStream<Windowed<K>, A> {
    /// Strips the windows off partials without adding a node.
    fn map_partial<K2: Clone + 'static>(
        &self,
        key: impl Fn(Windowed<K>) -> K2 + Send + Sync + 'static,
    ) -> KStream<K2, A> {
        let output = Output::new();
        self.attach(&output, move |record, children, context| {
            let Record { key: windowed, value, timestamp, headers } = record;
            children.forward(Record { key: key(windowed), value, timestamp, headers }, context)
        });
        KStream::new(&self.builder, self.node, output, Serdes { key: None, value: None }, self.sources.clone())
    }
}

struct Partial<K, A> {
    key: Windowed<K>,
    /// `None` only while it is folded, and where that failed.
    value: Option<A>,
    timestamp: i64,
    headers: Headers,
}

struct Combiner<K, V, A> {
    partials: Arc<Partials<K, V, A>>,
    children: Children<Windowed<K>, A>,
    /// Highest event time sent into the topic.
    sent: TimeCell,
    index: HashMap<Vec<u8>, usize, FxBuildHasher>,
    /// In the order of the first record of each key, so that the same input gives the same output.
    rows: Vec<Partial<K, A>>,
    scratch: Vec<u8>,
}

impl<K: Clone, V: Clone, A: Clone> Forward<K, V> for Combiner<K, V, A> {
    fn forward(&mut self, record: Record<K, V>, context: &mut Context) -> Result<(), ProcessError> {
        let partials = &*self.partials;
        let null_value = partials.value.as_ref().is_some_and(|value| value.is_null(&record.value));
        if null_value || partials.key.is_null(&record.key) {
            context.dropped.null += 1;
            return Ok(());
        }
        let time = sender_time(&self.sent, record.timestamp, context);
        let Some(windows) = partials.windows else {
            return self.add(record, Window { start: 0, end: 0 });
        };
        let close = time.saturating_sub(windows.grace_ms());
        let mut open = None;
        for window in windows.containing(record.timestamp) {
            if window.end <= close {
                context.dropped.late += 1;
            } else if let Some(before) = open.replace(window) {
                self.add(record.clone(), before)?;
            }
        }
        // The last one takes the record itself: mostly it is the only one.
        if let Some(window) = open {
            self.add(record, window)?;
        }
        if self.rows.len() > MAX_PARTIALS {
            context.commit_requested = true;
        }
        Ok(())
    }
}

impl<K: Clone, V, A> Combiner<K, V, A> {
    fn add(&mut self, record: Record<K, V>, window: Window) -> Result<(), ProcessError> {
        self.scratch.clear();
        self.partials.key.serialize(&record.key, &mut self.scratch).map_err(ProcessError::Serialization)?;
        self.scratch.extend_from_slice(&window.start.to_be_bytes());
        let next = self.rows.len();
        let place = *self.index.entry_ref(self.scratch.as_slice()).or_insert(next);
        if place == next {
            let key = Windowed { key: record.key.clone(), window };
            self.rows.push(Partial { key, value: None, timestamp: record.timestamp, headers: Headers::new() });
        }
        let Some(partial) = self.rows.get_mut(place) else { return Ok(()) };
        partial.value = Some(self.partials.fold.apply(&record.key, record.value, partial.value.take())?);
        partial.timestamp = partial.timestamp.max(record.timestamp);
        if !record.headers.is_empty() {
            partial.headers = record.headers;
        }
        Ok(())
    }
}

impl<K: Clone, V, A: Clone> Flush for Combiner<K, V, A> {
    fn flush(&mut self, context: &mut Context) -> Result<(), ProcessError> {
        self.index.clear();
        for Partial { key, value, timestamp, headers } in self.rows.drain(..) {
            let Some(value) = value else { continue };
            self.children.forward(Record { key, value, timestamp, headers }, context)?;
        }
        Ok(())
    }
}

/// Merges partials into rows. They were judged where they were made: none is late here.
struct Merge<K, A> {
    rows: WindowedRows<K, A>,
    merge: Arc<Fold<K, A, A>>,
    observed: TimeCell,
}

impl<K: Clone + 'static, A: Clone + 'static> Forward<Windowed<K>, A> for Merge<K, A> {
    fn forward(&mut self, record: Record<Windowed<K>, A>, context: &mut Context) -> Result<(), ProcessError> {
        self.observed.set(self.observed.get().max(record.timestamp));
        self.rows.keep_until_watermark(context);
        fold_window(&mut self.rows, &self.merge, record, context)
    }
}

impl<K: Clone + 'static, A: Clone + 'static> HasRows for Merge<K, A> {
    fn rows(&mut self) -> &mut dyn CachedRows {
        &mut self.rows
    }
}
