//! Rows of stores whose keys are texts.

use std::ops::ControlFlow;
use std::sync::Arc;

use tillstream_stores::{SharedSerde, arc_str};

use super::{Batches, State, Wanted};
use crate::error::SqlError;

/// A store with a text as key, which is that column of its table.
pub(super) struct Keyed<'a, V> {
    pub(super) store: &'a str,
    pub(super) value: SharedSerde<V>,
    pub(super) column: &'a str,
}

impl<V> Keyed<'_, V> {
    /// Shows `visit` the rows that are wanted: single ones by their keys, else all of a range.
    pub(super) fn visit<R: ?Sized>(
        &self,
        state: &State,
        wanted: &Wanted,
        batches: &mut Batches<'_, R>,
        mut visit: impl FnMut(Arc<str>, V, &mut Batches<'_, R>) -> ControlFlow<()>,
    ) -> Result<(), SqlError> {
        if let Some(keys) = wanted.texts(self.column) {
            for (_, key) in keys.into_iter().enumerate().filter(|(place, _)| wanted.is_mine(*place)) {
                let task = state.task_of(self.store, key.as_bytes())?;
                let key: Arc<str> = key.into();
                let row = task.reader.snapshot(|snapshot| {
                    snapshot.key_value_view(self.store, arc_str(), Arc::clone(&self.value))?.get(&key)
                })??;
                if row.is_some_and(|row| visit(key, row.value, batches).is_break()) {
                    break;
                }
            }
            return Ok(());
        }
        let (from, to, prefix) = wanted.text_range(self.column);
        let (from, to): (Option<Arc<str>>, Option<Arc<str>>) = (from.map(Arc::from), to.map(Arc::from));
        state.over_tasks(self.store, wanted, batches, |snapshot, batches| {
            let view = snapshot.key_value_view(self.store, arc_str(), Arc::clone(&self.value))?;
            view.visit(prefix.as_bytes(), from.as_ref(), to.as_ref(), |key, row| visit(key, row.value, batches))?;
            Ok(())
        })
    }
}
