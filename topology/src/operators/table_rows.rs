//! What every table node does with an update: keep it, if the table has a store, and tell those below.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use tillstream_stores::{Headers, KeyValueStore, SharedSerde, ValueAndTimestamp};

use super::fold::Step;
use super::row_store::{RowStore, UpdateRow};
use crate::graph::{Flush, NodeId, Output, StoreHandle, Wiring, WiringError};
use crate::processor::{Children, Context, ProcessError, Record};
use crate::table::{Change, OldValues};

/// The rows of a table in one task.
pub(crate) struct TableRows<K, V, S = KeyValueStore<K, V>> {
    /// Where they are kept, if they are.
    pub(crate) store: Option<Rc<RefCell<S>>>,
    pub(crate) children: Children<K, Change<V>>,
    /// Whether those below asked for old values.
    pub(crate) old_values: bool,
    /// Tell those below at the commit.
    pub(crate) caching: bool,
    /// Knows which values stand for null; such a value is no row.
    pub(crate) value: Option<SharedSerde<V>>,
}

/// How [`TableRows`] are made in each task.
pub(crate) struct TableRowsParts<K, V, S = KeyValueStore<K, V>> {
    pub(crate) store: Option<StoreHandle<S>>,
    pub(crate) output: Arc<Output<K, Change<V>>>,
    pub(crate) old_values: Arc<OldValues>,
    pub(crate) caching: bool,
    pub(crate) value: Option<SharedSerde<V>>,
}

impl<K: Clone + 'static, V: Clone + 'static, S: 'static> TableRowsParts<K, V, S> {
    pub(crate) fn wire(&self, wiring: &mut Wiring<'_>) -> Result<TableRows<K, V, S>, WiringError> {
        Ok(TableRows {
            store: self.store.as_ref().map(|handle| wiring.store(handle)).transpose()?,
            children: self.output.wire(wiring)?,
            old_values: self.old_values.wanted(),
            caching: self.caching,
            value: self.value.clone(),
        })
    }
}

impl<K: Clone + 'static, V: Clone + 'static> TableRows<K, V> {
    /// The row as it is kept.
    pub(crate) fn stored(&self, key: &K) -> Result<Option<V>, ProcessError> {
        match &self.store {
            Some(store) => Ok(store.borrow_mut().get(key)?.map(|row| row.value.clone())),
            None => Ok(None),
        }
    }

    /// Keeps an update and tells those below of it.
    pub(crate) fn update(&mut self, record: Record<K, Change<V>>, context: &mut Context) -> Result<(), ProcessError> {
        let Record { key, value: Change { new, old }, timestamp, headers } = record;
        let new = new.filter(|new| self.is_row(new));
        let old = old.filter(|_| self.old_values);
        if self.caching {
            // The headers are for those who hear at the commit.
            return self.keep(&key, new, timestamp, &headers);
        }
        if !self.forwards() {
            return self.keep(&key, new, timestamp, &Headers::default());
        }
        if self.store.is_some() {
            self.keep(&key, new.clone(), timestamp, &Headers::default())?;
        }
        self.children.forward(Record { key, value: Change { new, old }, timestamp, headers }, context)
    }

    fn keep(&self, key: &K, new: Option<V>, timestamp: i64, headers: &Headers) -> Result<(), ProcessError> {
        let Some(store) = &self.store else { return Ok(()) };
        let mut store = store.borrow_mut();
        // A cache swallows the delete of a row that is not there; without one it is logged and handed on.
        if self.caching && new.is_none() && store.get(key)?.is_none() {
            return Ok(());
        }
        let row = new.map(|value| ValueAndTimestamp { value, timestamp });
        Ok(store.at(timestamp).put(key, row, headers)?)
    }
}

impl<K: Clone, V: Clone, S> TableRows<K, V, S> {
    /// Whether those below hear of each update as it comes.
    pub(crate) fn forwards(&self) -> bool {
        !self.caching && !self.children.is_empty()
    }

    /// Whether `value` is a row, and not a null.
    pub(crate) fn is_row(&self, value: &V) -> bool {
        !self.value.as_ref().is_some_and(|serde| serde.is_null(value))
    }
}

impl<K: Clone, V: Clone, S: UpdateRow<K, V>> TableRows<K, V, S> {
    /// Changes the row of the record's key by `change` and tells those below, unless they hear at the commit. `change` is
    /// handed the record's value, the present row and whether the old one is wanted; it answers the new row and what to tell.
    pub(crate) fn fold<X>(
        &mut self,
        record: Record<K, X>,
        context: &mut Context,
        change: impl FnOnce(&Self, &K, X, Option<ValueAndTimestamp<V>>) -> Result<Step<V>, ProcessError>,
    ) -> Result<(), ProcessError> {
        let Record { key, value, timestamp, headers } = record;
        let Some(store) = &self.store else { return Ok(()) };
        // A row keeps headers only until those below have heard of it.
        let kept_headers = if self.caching { headers.clone() } else { Headers::default() };
        let mut told = None;
        store.borrow_mut().update_row(&key, timestamp, &kept_headers, |current| {
            let (new, outcome) = change(self, &key, value, current)?;
            if self.forwards() {
                let new = new.as_ref().map(|new| new.value.clone());
                told = Some((outcome.timestamp, Change { new, old: outcome.old }));
            }
            Ok(new)
        })?;
        match told {
            Some((timestamp, value)) => self.children.forward(Record { key, value, timestamp, headers }, context),
            None => Ok(()),
        }
    }
}

/// Rows that tell those below at the commit, if they cache.
pub(crate) trait CachedRows {
    /// Whether they do.
    fn caches(&self) -> bool;

    /// Tells those below what changed since the last commit.
    fn flush(&mut self, context: &mut Context) -> Result<(), ProcessError>;
}

impl<K: Clone, V: Clone, S: RowStore<K, V>> CachedRows for TableRows<K, V, S> {
    fn caches(&self) -> bool {
        self.caching
    }

    fn flush(&mut self, context: &mut Context) -> Result<(), ProcessError> {
        let Some(store) = &self.store else { return Ok(()) };
        let flushed = store.borrow_mut().take_flushed()?;
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

/// A node around [`TableRows`]: it is flushed as they are.
pub(crate) trait HasRows {
    fn rows(&mut self) -> &mut dyn CachedRows;
}

impl<N: HasRows> Flush for N {
    fn flush(&mut self, context: &mut Context) -> Result<(), ProcessError> {
        self.rows().flush(context)
    }
}

/// Shares `node`, flushing it at the commit if it caches.
pub(crate) fn shared<N: HasRows + 'static>(node: N, id: NodeId, wiring: &mut Wiring<'_>) -> Rc<RefCell<N>> {
    let node = Rc::new(RefCell::new(node));
    if node.borrow_mut().rows().caches() {
        wiring.set_flush(id, Rc::clone(&node) as Rc<RefCell<dyn Flush>>);
    }
    node
}
