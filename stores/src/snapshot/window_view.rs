//! Typed reading of a window store in a snapshot.

use std::fmt;
use std::ops::ControlFlow;

use super::Snapshot;
use crate::committed::StoreInfo;
use crate::layout::segment_of;
use crate::overlay::RowId;
use crate::rocks::ScanRange;
use crate::window::{key_range, segments};
use crate::{Error, SharedSerde, StoreKind, ValueAndTimestamp, WindowOptions, Windowed};

type Listed<K, V> = Vec<(Windowed<K>, ValueAndTimestamp<V>)>;

/// A window store of a [`Snapshot`]. Expired rows are not seen, whether they are still on disk or not.
pub struct WindowView<'a, K, V> {
    snapshot: &'a Snapshot<'a>,
    store: &'a str,
    info: &'a StoreInfo,
    windows: WindowOptions,
    key: SharedSerde<K>,
    value: SharedSerde<V>,
}

impl Snapshot<'_> {
    /// The window store `store`, read with the serdes it was written with.
    ///
    /// # Errors
    /// [`Error::UnknownStore`].
    pub fn window_view<'a, K, V>(
        &'a self,
        store: &'a str,
        key: SharedSerde<K>,
        value: SharedSerde<V>,
    ) -> Result<WindowView<'a, K, V>, Error> {
        self.timed_view(store, (StoreKind::Window, "window"), key, value)
    }

    /// The store as one of `kind`, which has rows by time.
    pub(super) fn timed_view<'a, K, V>(
        &'a self,
        store: &'a str,
        (kind, word): (StoreKind, &'static str),
        key: SharedSerde<K>,
        value: SharedSerde<V>,
    ) -> Result<WindowView<'a, K, V>, Error> {
        let info = self.info_of(store, kind, word)?;
        let windows = info.windows.ok_or_else(|| Error::UnknownStore { store: store.to_owned(), kind: word })?;
        Ok(WindowView { snapshot: self, store, info, windows, key, value })
    }
}

impl<K, V> WindowView<'_, K, V> {
    /// At most `limit` rows of `key` with a start from `from` to `to` (epoch ms, inclusive), by start.
    ///
    /// # Errors
    /// [`Error::Serde`], [`Error::Storage`].
    pub fn fetch(&self, key: &K, from: i64, to: i64, limit: usize) -> Result<Listed<K, V>, Error> {
        let mut bytes = Vec::new();
        self.key.serialize(key, &mut bytes).map_err(|error| Error::key(self.store, error))?;
        let from = from.max(self.snapshot.first_live(self.store, self.info)?);
        let mut rows = Vec::new();
        for segment in self.segments_with_rows(from, to)? {
            let range = key_range(segment, &bytes, from, to);
            let left = limit.saturating_sub(rows.len());
            self.collect(&range, left, |found, _| found == bytes, &mut rows)?;
        }
        Ok(rows)
    }

    /// At most `limit` rows of all keys with a start from `from` to `to` (epoch ms, inclusive): segment by segment, in each
    /// by key, then start.
    ///
    /// # Errors
    /// [`Error::Serde`], [`Error::Storage`].
    pub fn fetch_all(&self, from: i64, to: i64, limit: usize) -> Result<Listed<K, V>, Error> {
        let mut rows = Vec::new();
        if from <= to {
            let range = segments(from, to, self.windows.segment_ms());
            self.collect(&range, limit, |_, start| from <= start && start <= to, &mut rows)?;
        }
        Ok(rows)
    }

    /// Shows `visit` the rows of all keys with a start from `from` to `to` (epoch ms, inclusive) in the order of
    /// [`WindowView::fetch_all`], until it breaks off. Nothing is collected.
    ///
    /// # Errors
    /// [`Error::Serde`], [`Error::Storage`]; [`Error::Closed`] when the task is being closed meanwhile.
    pub fn visit(
        &self,
        from: i64,
        to: i64,
        mut visit: impl FnMut(Windowed<K>, ValueAndTimestamp<V>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        if from > to {
            return Ok(());
        }
        let layout = self.info.layout();
        let range = segments(from, to, self.windows.segment_ms());
        self.snapshot.walk(self.store, self.info, &range, |key, value, timestamp| {
            let (bare, row) = layout.split(key).filter(|(_, row)| from <= row.time && row.time <= to)?;
            Some(self.row(bare, row, value, timestamp).map(|(key, row)| visit(key, row)))
        })
    }

    /// Segments from the one of `from` to the one of `to` that can hold rows.
    fn segments_with_rows(&self, from: i64, to: i64) -> Result<std::ops::RangeInclusive<i64>, Error> {
        let newest = self.snapshot.newest_start(self.store)?;
        let segment_ms = self.windows.segment_ms();
        let to = to.min(newest);
        if from > to {
            return Ok(std::ops::RangeInclusive::new(1, 0));
        }
        Ok(segment_of(from, segment_ms)..=segment_of(to, segment_ms))
    }

    fn collect(
        &self,
        range: &ScanRange,
        limit: usize,
        takes: impl Fn(&[u8], i64) -> bool,
        rows: &mut Listed<K, V>,
    ) -> Result<(), Error> {
        let layout = self.info.layout();
        let mut outcome = Ok(());
        self.snapshot.rows(self.store, self.info, range, limit, &mut |key, value, timestamp| {
            let (bare, row) = layout.split(key).filter(|(bare, row)| takes(bare, row.time))?;
            outcome = self.row(bare, row, value, timestamp).map(|row| rows.push(row));
            Some(if outcome.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        outcome
    }

    fn row(
        &self,
        key: &[u8],
        row: RowId,
        value: &[u8],
        timestamp: i64,
    ) -> Result<(Windowed<K>, ValueAndTimestamp<V>), Error> {
        let key = self.key.deserialize(Some(key)).map_err(|error| Error::key(self.store, error))?;
        let value = self.value.deserialize(Some(value)).map_err(|error| Error::value(self.store, error))?;
        let window = self.info.layout().window(row, self.windows.window_size_ms);
        Ok((Windowed { key, window }, ValueAndTimestamp { value, timestamp }))
    }
}

impl<K, V> fmt::Debug for WindowView<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WindowView").field("store", &self.store).finish_non_exhaustive()
    }
}
