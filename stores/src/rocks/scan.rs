//! Ranges of keys and how an iterator walks them.

use std::ops::ControlFlow;

use rocksdb::{DBAccess, DBRawIteratorWithThreadMode, ReadOptions};

/// A range of keys in byte order: `from` inclusive, `to` exclusive, walked up or down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScanRange {
    /// First key; empty: from the beginning.
    pub from: Vec<u8>,
    /// Key behind the last one; `None`: to the end.
    pub to: Option<Vec<u8>>,
    /// Walk from the highest key to the lowest.
    pub reverse: bool,
}

impl ScanRange {
    /// Every key.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// Keys from `from` up to, but without, `to`.
    #[must_use]
    pub fn new(from: impl Into<Vec<u8>>, to: impl Into<Vec<u8>>) -> Self {
        Self { from: from.into(), to: Some(to.into()), reverse: false }
    }

    /// Keys from `from` to the end.
    #[must_use]
    pub fn starting_at(from: impl Into<Vec<u8>>) -> Self {
        Self { from: from.into(), to: None, reverse: false }
    }

    /// Keys that begin with `prefix`.
    ///
    /// ```
    /// use tillstream_stores::rocks::ScanRange;
    /// assert_eq!(ScanRange::prefix(b"a\xff").to.as_deref(), Some(&b"b"[..]));
    /// assert_eq!(ScanRange::prefix(b"\xff").to, None);
    /// ```
    #[must_use]
    pub fn prefix(prefix: &[u8]) -> Self {
        Self { from: prefix.to_vec(), to: after_prefix(prefix), reverse: false }
    }

    /// The same range walked from its end.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self { reverse: true, ..self }
    }

    /// Whether no key can lie in the range.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.to.as_ref().is_some_and(|to| *to <= self.from)
    }

    pub(super) fn read_options(&self) -> ReadOptions {
        let mut options = ReadOptions::default();
        if !self.from.is_empty() {
            options.set_iterate_lower_bound(self.from.as_slice());
        }
        if let Some(to) = &self.to {
            options.set_iterate_upper_bound(to.as_slice());
        }
        options
    }
}

/// The first key behind all keys that begin with `prefix`; `None` if there is none.
#[must_use]
pub(crate) fn after_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let keep = prefix.iter().rposition(|byte| *byte != u8::MAX)? + 1;
    let mut end = prefix.get(..keep)?.to_vec();
    *end.last_mut()? += 1;
    Some(end)
}

/// Walks `iterator`, whose bounds come from [`ScanRange::read_options`], until `visit` breaks off.
pub(super) fn walk<D: DBAccess>(
    mut iterator: DBRawIteratorWithThreadMode<'_, D>,
    reverse: bool,
    mut visit: impl FnMut(&[u8], &[u8]) -> ControlFlow<()>,
) -> Result<(), rocksdb::Error> {
    if reverse {
        iterator.seek_to_last();
    } else {
        iterator.seek_to_first();
    }
    while let Some((key, value)) = iterator.item() {
        if visit(key, value).is_break() {
            return Ok(());
        }
        if reverse {
            iterator.prev();
        } else {
            iterator.next();
        }
    }
    // An iterator also ends where it met a bad block: only its status tells the two apart.
    iterator.status()
}
