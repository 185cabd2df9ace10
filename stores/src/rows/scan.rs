//! Dirty rows over committed ones, in key order.

use std::cmp::Ordering;
use std::collections::btree_map::Range;
use std::iter::{Peekable, Rev};
use std::ops::{Bound, ControlFlow};

use super::Rows;
use crate::overlay::{Overlay, RowId, SlotId};
use crate::rocks::ScanRange;
use crate::value::ValueCodec;
use crate::{Error, ValueAndTimestamp};

type DirtyRange<'a> = Range<'a, Vec<u8>, (SlotId, RowId)>;

enum Dirty<'a> {
    Up(Peekable<DirtyRange<'a>>),
    Down(Peekable<Rev<DirtyRange<'a>>>),
}

impl<'a> Dirty<'a> {
    fn peek(&mut self) -> Option<&'a Vec<u8>> {
        match self {
            Self::Up(rows) => rows.peek().map(|(key, _)| *key),
            Self::Down(rows) => rows.peek().map(|(key, _)| *key),
        }
    }

    fn next(&mut self) -> Option<(&'a Vec<u8>, &'a (SlotId, RowId))> {
        match self {
            Self::Up(rows) => rows.next(),
            Self::Down(rows) => rows.next(),
        }
    }
}

/// A scanned row: its key in the table and its value.
pub(crate) type Scanned<V> = (Vec<u8>, ValueAndTimestamp<V>);

impl<V: Clone> Rows<V> {
    /// Rows of `range` (of table keys), dirty ones over committed ones, in the range's order.
    pub(crate) fn scan(&mut self, range: &ScanRange) -> Result<Vec<Scanned<V>>, Error> {
        let mut found = Vec::new();
        self.visit(range, |key, value| {
            found.push((key.to_vec(), value));
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }

    /// As [`Rows::scan`], row by row until `visit` breaks off.
    pub(crate) fn visit(
        &mut self,
        range: &ScanRange,
        visit: impl FnMut(&[u8], ValueAndTimestamp<V>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        if range.is_empty() {
            return Ok(());
        }
        self.stats.table_reads += 1;
        let mut merge = Merge::new(&mut self.overlay, &self.codec, range, visit);
        self.table.scan(range, |key, bytes| merge.committed(key, bytes))?;
        merge.finish()
    }
}

/// Merges the committed rows of a scan, which are handed in one after the other, with the dirty ones.
struct Merge<'a, V, F> {
    overlay: &'a Overlay<V>,
    codec: &'a ValueCodec<V>,
    dirty: Dirty<'a>,
    visit: F,
    outcome: Result<ControlFlow<()>, Error>,
}

impl<'a, V, F> Merge<'a, V, F>
where
    V: Clone,
    F: FnMut(&[u8], ValueAndTimestamp<V>) -> ControlFlow<()>,
{
    pub(crate) fn new(overlay: &'a mut Overlay<V>, codec: &'a ValueCodec<V>, range: &ScanRange, visit: F) -> Self {
        overlay.order();
        let overlay = &*overlay;
        let from = Bound::Included(range.from.as_slice());
        let to = range.to.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let rows = overlay.ordered_range((from, to));
        let dirty = if range.reverse { Dirty::Down(rows.rev().peekable()) } else { Dirty::Up(rows.peekable()) };
        Self { overlay, codec, dirty, visit, outcome: Ok(ControlFlow::Continue(())) }
    }

    /// The next committed row.
    pub(crate) fn committed(&mut self, key: &[u8], bytes: &[u8]) -> ControlFlow<()> {
        self.outcome = self.step(key, bytes);
        match self.outcome {
            Ok(flow) => flow,
            Err(_) => ControlFlow::Break(()),
        }
    }

    fn step(&mut self, key: &[u8], bytes: &[u8]) -> Result<ControlFlow<()>, Error> {
        while let Some(dirty) = self.dirty.peek() {
            match self.compare(dirty, key) {
                Ordering::Less => {
                    if self.emit_dirty().is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                }
                Ordering::Equal => return Ok(self.emit_dirty()),
                Ordering::Greater => break,
            }
        }
        let value = self.codec.decode(bytes)?;
        Ok((self.visit)(key, value))
    }

    fn compare(&self, dirty: &[u8], key: &[u8]) -> Ordering {
        match self.dirty {
            Dirty::Up(_) => dirty.cmp(key),
            Dirty::Down(_) => key.cmp(dirty),
        }
    }

    fn emit_dirty(&mut self) -> ControlFlow<()> {
        let Some((key, (slot, row))) = self.dirty.next() else { return ControlFlow::Continue(()) };
        match self.overlay.dirty_value(*slot, *row) {
            Some(value) => (self.visit)(key, value.clone()),
            None => ControlFlow::Continue(()),
        }
    }

    /// The dirty rows behind the last committed one.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        let mut flow = self.outcome.clone()?;
        while flow.is_continue() && self.dirty.peek().is_some() {
            flow = self.emit_dirty();
        }
        Ok(())
    }
}
