//! `count`, `reduce` and `aggregate` in sessions.

use std::sync::Arc;

use tillstream_stores::{Headers, SessionStore, SharedSerde, ValueAndTimestamp, Window, Windowed, session_windowed};

use super::aggregation::{Aggregation, add_store};
use super::count::Count;
use super::fold::{Fold, counting};
use super::grouping::SessionWindowedKStream;
use super::table_rows::{CachedRows, HasRows, TableRows};
use super::windowed_aggregate::{close_time, observed_name};
use crate::graph::TimeCell;
use crate::options::Materialized;
use crate::processor::{Context, Forward, ProcessError, Record};
use crate::table::{Change, KTable};
use crate::windows::{SessionWindows, merged};

/// Makes one aggregate of those of two sessions that turned out to be one.
type Merger<K, A> = dyn Fn(&K, A, A) -> Result<A, ProcessError> + Send + Sync;

impl<K: Clone + 'static, V: Clone + 'static> SessionWindowedKStream<K, V> {
    /// The number of records of each session.
    pub fn count<C: Count>(&self, materialized: Materialized<C>) -> KTable<Windowed<K>, C> {
        materialized.burn_name(&self.grouped.stream.builder, "KSTREAM-AGGREGATE-");
        self.fold("KSTREAM-AGGREGATE-", counting(), |_, one: C, other| Ok(one.plus(other)), materialized)
    }

    /// The records of each session combined two by two; the first stands as it is.
    pub fn reduce(
        &self,
        reducer: impl Fn(V, V) -> V + Send + Sync + 'static,
        materialized: Materialized<V>,
    ) -> KTable<Windowed<K>, V> {
        let reducer = Arc::new(reducer);
        let merger = Arc::clone(&reducer);
        let fold = Fold::from_first(move |_: &K, value, aggregate| match aggregate {
            Some(aggregate) => Ok(reducer(aggregate, value)),
            None => Ok(value),
        });
        self.fold("KSTREAM-REDUCE-", fold, move |_, one, other| Ok(merger(one, other)), materialized)
    }

    /// The records of each session folded into an aggregate that starts as `initializer` says; `merger` makes one aggregate of
    /// those of two sessions that a record brings together, the earlier first.
    pub fn aggregate<A: Clone + 'static>(
        &self,
        initializer: impl Fn() -> A + Send + Sync + 'static,
        aggregator: impl Fn(&K, V, A) -> A + Send + Sync + 'static,
        merger: impl Fn(&K, A, A) -> A + Send + Sync + 'static,
        materialized: Materialized<A>,
    ) -> KTable<Windowed<K>, A> {
        self.try_aggregate(
            initializer,
            move |key, value, aggregate| Ok(aggregator(key, value, aggregate)),
            move |key, one, other| Ok(merger(key, one, other)),
            materialized,
        )
    }

    /// As [`SessionWindowedKStream::aggregate`], for an aggregator and a merger that can refuse a record, which then goes to the
    /// dead letters and changes nothing.
    pub fn try_aggregate<A: Clone + 'static>(
        &self,
        initializer: impl Fn() -> A + Send + Sync + 'static,
        aggregator: impl Fn(&K, V, A) -> Result<A, ProcessError> + Send + Sync + 'static,
        merger: impl Fn(&K, A, A) -> Result<A, ProcessError> + Send + Sync + 'static,
        materialized: Materialized<A>,
    ) -> KTable<Windowed<K>, A> {
        self.fold("KSTREAM-AGGREGATE-", Fold::with_initial(initializer, aggregator), merger, materialized)
    }

    fn fold<A: Clone + 'static>(
        &self,
        prefix: &str,
        fold: Arc<Fold<K, V, A>>,
        merger: impl Fn(&K, A, A) -> Result<A, ProcessError> + Send + Sync + 'static,
        materialized: Materialized<A>,
    ) -> KTable<Windowed<K>, A> {
        let grouped = &self.grouped;
        let key = Arc::clone(&grouped.grouped.key);
        let (store, name) = {
            let mut state = grouped.stream.builder.borrow_mut();
            let builder = materialized.sessions(&mut state, prefix, Arc::clone(&key), &self.windows);
            let name = state.names.named(grouped.stream.name.as_deref(), prefix);
            (add_store::<SessionStore<K, A>>(&mut state, builder), name)
        };
        let stream = grouped.partitioned(store.name());
        let (windows, merger): (_, Arc<Merger<K, A>>) = (self.windows, Arc::new(merger));
        let observed = observed_name(&name);
        let rows_key = session_windowed(Arc::clone(&key));
        Aggregation::below(&stream, name, store, rows_key, materialized).table(&stream, move |rows, wiring| {
            SessionAggregate {
                rows,
                fold: Arc::clone(&fold),
                merger: Arc::clone(&merger),
                key: Arc::clone(&key),
                windows,
                observed: wiring.time(&observed),
            }
        })
    }
}

type Sessions<K, A> = Vec<(Windowed<K>, ValueAndTimestamp<A>)>;

struct SessionAggregate<K, V, A> {
    rows: TableRows<Windowed<K>, A, SessionStore<K, A>>,
    fold: Arc<Fold<K, V, A>>,
    merger: Arc<Merger<K, A>>,
    key: SharedSerde<K>,
    windows: SessionWindows,
    observed: TimeCell,
}

impl<K: Clone + 'static, V, A: Clone + 'static> SessionAggregate<K, V, A> {
    /// The sessions a record at `timestamp` belongs to: the gap is included on both sides.
    fn touched(&self, key: &K, timestamp: i64, context: &Context) -> Result<Sessions<K, A>, ProcessError> {
        let Some(store) = &self.rows.store else { return Ok(Vec::new()) };
        let mut store = store.borrow_mut();
        if let Some(watermark) = context.watermark {
            store.advance(watermark);
        }
        let gap_ms = self.windows.gap_ms();
        Ok(store.find_sessions(key, timestamp.saturating_sub(gap_ms), timestamp.saturating_add(gap_ms))?)
    }

    fn merge(&self, key: &K, sessions: &Sessions<K, A>) -> Result<Option<A>, ProcessError> {
        let mut values = sessions.iter().map(|(_, row)| row.value.clone());
        values.try_fold(self.fold.initial(), |whole, value| match whole {
            Some(whole) => (self.merger)(key, whole, value).map(Some),
            None => Ok(Some(value)),
        })
    }

    /// Keeps a session's value, or removes it, and tells those below, unless they hear at the commit.
    fn change(
        &mut self,
        session: Windowed<K>,
        value: Change<A>,
        (timestamp, headers): (i64, &Headers),
        context: &mut Context,
    ) -> Result<(), ProcessError> {
        let Some(store) = &self.rows.store else { return Ok(()) };
        let kept_headers = if self.rows.caching { headers.clone() } else { Headers::default() };
        let row = value.new.clone().map(|value| ValueAndTimestamp { value, timestamp });
        store.borrow_mut().at(timestamp).put(&session, row, &kept_headers)?;
        if !self.rows.forwards() {
            return Ok(());
        }
        let old = value.old.filter(|_| self.rows.old_values);
        let end = session.window.end;
        let record = Record { key: session, value: Change { old, ..value }, timestamp: end, headers: headers.clone() };
        self.rows.children.forward(record, context)
    }
}

impl<K: Clone + 'static, V, A: Clone + 'static> Forward<K, V> for SessionAggregate<K, V, A> {
    fn forward(&mut self, record: Record<K, V>, context: &mut Context) -> Result<(), ProcessError> {
        let Record { key, value, timestamp, headers } = record;
        // KS-25: null keys are not aggregated; null values are.
        if self.key.is_null(&key) {
            context.dropped.null += 1;
            return Ok(());
        }
        let close = close_time(&self.observed, timestamp, self.windows.open_ms(), context);
        let touched = self.touched(&key, timestamp, context)?;
        let own = Window { start: timestamp, end: timestamp };
        let window = touched.iter().map(|(session, _)| session.window).fold(own, merged);
        // KS-45: a record that is too old is not late if a session that is open still takes it in.
        if window.end < close {
            context.dropped.late += 1;
            return Ok(());
        }
        let whole = self.merge(&key, &touched)?;
        let whole = Some(self.fold.apply(&key, value, whole)?).filter(|whole| self.rows.is_row(whole));
        if window != own {
            for (session, row) in touched {
                self.change(session, Change { new: None, old: Some(row.value) }, (timestamp, &headers), context)?;
            }
        }
        self.change(Windowed { key, window }, Change { new: whole, old: None }, (timestamp, &headers), context)
    }
}

impl<K: Clone + 'static, V, A: Clone + 'static> HasRows for SessionAggregate<K, V, A> {
    fn rows(&mut self) -> &mut dyn CachedRows {
        &mut self.rows
    }
}
