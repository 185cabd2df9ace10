//! What all aggregations have in common: how a value changes an aggregate.

use std::sync::Arc;

use tillstream_stores::ValueAndTimestamp;

use super::count::Count;
use super::table_rows::TableRows;
use crate::processor::ProcessError;

type Initializer<A> = Box<dyn Fn() -> A + Send + Sync>;
type Aggregator<K, V, A> = Box<dyn Fn(&K, V, Option<A>) -> Result<A, ProcessError> + Send + Sync>;

/// An initial value, if there is one, and what folds a value into an aggregate.
pub(crate) struct Fold<K, V, A> {
    initial: Option<Initializer<A>>,
    aggregator: Aggregator<K, V, A>,
}

impl<K, V, A> Fold<K, V, A> {
    /// Aggregates start from `initial`.
    pub(crate) fn with_initial(
        initial: impl Fn() -> A + Send + Sync + 'static,
        aggregator: impl Fn(&K, V, A) -> Result<A, ProcessError> + Send + Sync + 'static,
    ) -> Arc<Self> {
        let initial = Arc::new(initial);
        let start = Arc::clone(&initial);
        Arc::new(Self {
            initial: Some(Box::new(move || initial())),
            aggregator: Box::new(move |key, value, current| aggregator(key, value, current.unwrap_or_else(|| start()))),
        })
    }

    /// The first value makes the aggregate.
    pub(crate) fn from_first(
        aggregator: impl Fn(&K, V, Option<A>) -> Result<A, ProcessError> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self { initial: None, aggregator: Box::new(aggregator) })
    }

    /// What an aggregate starts from.
    pub(crate) fn initial(&self) -> Option<A> {
        self.initial.as_ref().map(|initial| initial())
    }

    /// Folds `value` into `current`.
    pub(crate) fn apply(&self, key: &K, value: V, current: Option<A>) -> Result<A, ProcessError> {
        (self.aggregator)(key, value, current)
    }
}

/// Counts records, whatever they are.
pub(crate) fn counting<K: 'static, V: 'static, C: Count>() -> Arc<Fold<K, V, C>> {
    Fold::with_initial(|| C::ZERO, |_: &K, _: V, count: C| Ok(count.up()))
}

/// What one step of a fold tells those below.
pub(crate) struct Outcome<A> {
    /// The larger of record time and the old aggregate's time.
    pub(crate) timestamp: i64,
    /// The aggregate before, if asked for. A new key of `aggregate` has the initial value there, as in Kafka Streams.
    pub(crate) old: Option<A>,
}

/// The row from now on, and what to tell those below.
pub(crate) type Step<A> = (Option<ValueAndTimestamp<A>>, Outcome<A>);

impl<K, V, A: Clone> Fold<K, V, A> {
    /// Folds `value` into the row `current`; a null result is `None` and deletes.
    pub(crate) fn step<K2: Clone, S>(
        &self,
        rows: &TableRows<K2, A, S>,
        key: &K,
        value: V,
        timestamp: i64,
        current: Option<ValueAndTimestamp<A>>,
    ) -> Result<Step<A>, ProcessError> {
        let (current, timestamp) = match current {
            Some(current) => (Some(current.value), timestamp.max(current.timestamp)),
            None => (self.initial(), timestamp),
        };
        let old = if rows.old_values { current.clone().filter(|old| rows.is_row(old)) } else { None };
        let new = Some(self.apply(key, value, current)?).filter(|new| rows.is_row(new));
        Ok((new.map(|value| ValueAndTimestamp { value, timestamp }), Outcome { timestamp, old }))
    }
}
