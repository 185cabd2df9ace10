//! Changing a row by a function of its value.

use super::Rows;
use crate::overlay::{Place, RowId, SlotId, Write};
use crate::{Error, Headers, ValueAndTimestamp};

impl<V: Clone> Rows<V> {
    /// Changes a row by `change`, which gets its value and answers the new one.
    ///
    /// The value is moved, not cloned. If `change` fails the row is as before: put back where a copy is free, read again
    /// from the table where it was not written since the commit. Only an uncommitted value that owns memory is lost; then
    /// the store refuses to be staged until it is discarded.
    pub(crate) fn update<E: From<Error>>(
        &mut self,
        key: &[u8],
        slot: SlotId,
        row: RowId,
        headers: &Headers,
        change: impl FnOnce(Option<ValueAndTimestamp<V>>) -> Result<Option<ValueAndTimestamp<V>>, E>,
    ) -> Result<(), E> {
        let Some(place) = self.read_or_make(key, slot, row)? else { return Ok(()) };
        let old = self.overlay.take(place);
        let kept = if self.overlay.wants_old(place) || !std::mem::needs_drop::<V>() { old.clone() } else { None };
        let had_value = old.is_some();
        let new = match change(old) {
            Ok(new) => new.filter(|row| !self.codec.serde.is_null(&row.value)),
            Err(error) => {
                self.undo(place, kept, had_value);
                return Err(error);
            }
        };
        let time = self.time_of(new.as_ref());
        if self.options.logs_every_put()
            && let Err(error) = self.log(key, row, new.as_ref(), time, headers)
        {
            self.undo(place, kept, had_value);
            return Err(error.into());
        }
        self.overlay.finish(place, Write { value: new, time, headers: headers.clone() }, kept);
        Ok(())
    }

    fn read_or_make(&mut self, key: &[u8], slot: SlotId, row: RowId) -> Result<Option<Place>, Error> {
        let known = self.read(key, slot, row)?;
        Ok(known.or_else(|| self.overlay.load(slot, row, None, 0)))
    }

    fn undo(&mut self, place: Place, kept: Option<ValueAndTimestamp<V>>, had_value: bool) {
        if kept.is_some() || !had_value {
            self.overlay.put_back(place, kept);
        } else if self.overlay.is_dirty(place) {
            self.torn = true;
        } else {
            self.overlay.forget_row(place);
        }
    }
}
