//! One side of a table–table join at work.

use std::sync::Arc;

use super::joiner::Join;
use crate::graph::{BuilderState, Wiring, WiringError};
use crate::operators::table_rows::{CachedRows, HasRows, TableRows};
use crate::processor::{Context, Forward, ProcessError, Record, Shared};
use crate::table::{Change, ShownRow, TableView, ValueGetter};

/// Which rows a result cannot do without.
#[derive(Clone, Copy, Debug)]
pub(super) struct Needs {
    pub(super) left: bool,
    pub(super) right: bool,
}

impl Needs {
    pub(super) const BOTH: Self = Self { left: true, right: true };
    pub(super) const LEFT: Self = Self { left: true, right: false };
    pub(super) const EITHER: Self = Self { left: false, right: false };

    pub(super) fn swapped(self) -> Self {
        Self { left: self.right, right: self.left }
    }
}

/// The result of both sides.
pub(super) struct Merger<K, R> {
    pub(super) rows: TableRows<K, R>,
}

impl<K: Clone + 'static, R: Clone + 'static> Forward<K, Change<R>> for Merger<K, R> {
    fn forward(&mut self, record: Record<K, Change<R>>, context: &mut Context) -> Result<(), ProcessError> {
        self.rows.update(record, context)
    }
}

impl<K: Clone + 'static, R: Clone + 'static> HasRows for Merger<K, R> {
    fn rows(&mut self) -> &mut dyn CachedRows {
        &mut self.rows
    }
}

/// Joins updates of this side with rows of the other.
pub(super) struct TableSide<K, A, B, R> {
    pub(super) other: Box<dyn ValueGetter<K, B>>,
    /// Seen from this side: it is the left one.
    pub(super) needs: Needs,
    pub(super) join: Join<K, A, B, R>,
    pub(super) merged: Shared<Merger<K, R>>,
}

impl<K: Clone + 'static, A, B, R: Clone + 'static> Forward<K, Change<A>> for TableSide<K, A, B, R> {
    fn forward(&mut self, record: Record<K, Change<A>>, context: &mut Context) -> Result<(), ProcessError> {
        let wants_old = self.merged.0.borrow().rows.old_values;
        let Record { key, value, timestamp, headers } = record;
        let Change { new, old } = &value;
        let mut update = None;
        self.other.read(&key, &mut |row| {
            let nothing_to_say = new.is_none() && old.is_none();
            if row.is_none() && (self.needs.right || nothing_to_say) {
                return;
            }
            let (other, time) = row.map_or((None, timestamp), |(other, time)| (Some(other), timestamp.max(time)));
            let old = if wants_old { (self.join)(&key, old.as_ref(), other) } else { None };
            update = Some((Change { new: (self.join)(&key, new.as_ref(), other), old }, time));
        })?;
        match update {
            Some((value, timestamp)) => self.merged.forward(Record { key, value, timestamp, headers }, context),
            None => Ok(()),
        }
    }
}

/// Rows of an unstored join, computed when they are asked for.
pub(super) struct JoinView<K, V, V2, R> {
    pub(super) left: Arc<dyn TableView<K, V>>,
    pub(super) right: Arc<dyn TableView<K, V2>>,
    pub(super) needs: Needs,
    pub(super) join: Join<K, V, V2, R>,
}

impl<K, V, V2, R> TableView<K, R> for JoinView<K, V, V2, R>
where
    K: Clone + 'static,
    V: Clone + 'static,
    V2: Clone + 'static,
    R: Clone + 'static,
{
    fn getter(&self, wiring: &mut Wiring<'_>) -> Result<Box<dyn ValueGetter<K, R>>, WiringError> {
        Ok(Box::new(JoinGetter {
            left: self.left.getter(wiring)?,
            right: self.right.getter(wiring)?,
            needs: self.needs,
            join: Arc::clone(&self.join),
        }))
    }

    fn stores(&self) -> Vec<String> {
        let mut stores = self.left.stores();
        stores.extend(self.right.stores());
        stores.sort_unstable();
        stores.dedup();
        stores
    }

    fn require(&self, state: &mut BuilderState) {
        self.left.require(state);
        self.right.require(state);
    }
}

struct JoinGetter<K, V, V2, R> {
    left: Box<dyn ValueGetter<K, V>>,
    right: Box<dyn ValueGetter<K, V2>>,
    needs: Needs,
    join: Join<K, V, V2, R>,
}

impl<K, V: Clone, V2, R> ValueGetter<K, R> for JoinGetter<K, V, V2, R> {
    fn read(&mut self, key: &K, visit: &mut ShownRow<'_, R>) -> Result<(), ProcessError> {
        // A copy, because both sides may be the same table.
        let mut left = None;
        self.left.read(key, &mut |row| left = row.map(|(row, time)| (row.clone(), time)))?;
        if left.is_none() && self.needs.left {
            visit(None);
            return Ok(());
        }
        self.right.read(key, &mut |right| {
            let result = (self.join)(key, left.as_ref().map(|(row, _)| row), right.map(|(row, _)| row));
            let time = left.as_ref().map(|(_, time)| *time).max(right.map(|(_, time)| time)).unwrap_or(-1);
            visit(result.as_ref().map(|result| (result, time)));
        })
    }
}
