//! Session stores: rows by key, end and start.

mod builder;

use std::fmt;
use std::ops::ControlFlow;

pub use builder::SessionBuilder;

use crate::overlay::{Flushed, RowId};
use crate::window::{WindowParts, WindowStore};
use crate::{
    Error, Headers, ObservedTime, RestoreBatch, RestoreRecord, Staged, StateStore, StoreKind, StoreStats,
    ValueAndTimestamp, Window, Windowed,
};

type Listed<K, V> = Vec<(Windowed<K>, ValueAndTimestamp<V>)>;

/// A store of values by key and session. Reads see uncommitted writes of their own task.
///
/// It is a window store whose rows lie at the end of their session: they expire `retention` after it, and lie in time segments by
/// it. Two sessions of a key never overlap unless somebody puts them so; finding and merging is the caller's part.
pub struct SessionStore<K, V>(WindowStore<K, V>);

impl<K, V> SessionStore<K, V> {
    pub(crate) fn new(parts: WindowParts<'_, K, V>) -> Self {
        Self(WindowStore::new(parts))
    }

    /// Hands the observed time over to the caller, as [`WindowStore::advance`].
    pub fn advance(&mut self, time: i64) {
        self.0.advance(time);
    }

    /// The time retention counts from, epoch ms; -1 before the first row.
    #[must_use]
    pub fn observed_time(&self) -> i64 {
        self.0.observed_time()
    }
}

fn row_of(session: Window) -> RowId {
    RowId { time: session.end, seq: session.start }
}

fn session_of(row: RowId) -> Window {
    Window { start: row.seq, end: row.time }
}

impl<K: Clone, V: Clone> SessionStore<K, V> {
    /// Sets the event time (epoch ms) of the record being processed: deletions are written with it.
    pub fn at(&mut self, timestamp: i64) -> &mut Self {
        self.0.at(timestamp);
        self
    }

    /// Sets the value of a session; `None` removes it. `false`: refused, its end has expired.
    ///
    /// # Errors
    /// [`Error::Serde`], [`Error::Storage`].
    pub fn put(
        &mut self,
        session: &Windowed<K>,
        value: Option<ValueAndTimestamp<V>>,
        headers: &Headers,
    ) -> Result<bool, Error> {
        self.0.put_row(&session.key, row_of(session.window), value, headers)
    }

    /// The sessions of `key` that end at `earliest_end` or later and start at `latest_start` or earlier, by end, then start:
    /// those a record between the two would touch.
    ///
    /// # Errors
    /// [`Error::Serde`], [`Error::Storage`].
    pub fn find_sessions(&mut self, key: &K, earliest_end: i64, latest_start: i64) -> Result<Listed<K, V>, Error> {
        let mut found = Vec::new();
        self.0.visit_rows(key, earliest_end, i64::MAX, |row, value| {
            if row.seq <= latest_start {
                found.push((Windowed { key: key.clone(), window: session_of(row) }, value.clone()));
            }
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }

    /// As [`SessionStore::find_sessions`], for the keys from `first` to `last` (optional, inclusive), in the store's
    /// [`ListingOrder`](crate::ListingOrder).
    ///
    /// # Errors
    /// [`Error::Serde`], [`Error::Storage`].
    pub fn find_sessions_of_keys(
        &mut self,
        first: Option<&K>,
        last: Option<&K>,
        earliest_end: i64,
        latest_start: i64,
    ) -> Result<Listed<K, V>, Error> {
        let mut found = self.0.fetch_keys(first, last, earliest_end, i64::MAX)?;
        found.retain(|(session, _)| session.window.start <= latest_start);
        Ok(found)
    }

    /// The value of the session from `start` to `end` (inclusive).
    ///
    /// # Errors
    /// [`Error::Serde`], [`Error::Storage`].
    pub fn fetch_session(&mut self, key: &K, start: i64, end: i64) -> Result<Option<&ValueAndTimestamp<V>>, Error> {
        self.0.fetch_row(key, row_of(Window { start, end }))
    }

    /// All sessions of `key`.
    ///
    /// # Errors
    /// [`Error::Serde`], [`Error::Storage`].
    pub fn fetch(&mut self, key: &K) -> Result<Listed<K, V>, Error> {
        self.find_sessions(key, 0, i64::MAX)
    }

    /// Sessions written since the last flush; see [`WindowStore::take_flush`].
    ///
    /// # Errors
    /// [`Error::Serde`] when a key cannot be read back.
    pub fn take_flush(&mut self) -> Result<Vec<Flushed<Windowed<K>, V>>, Error> {
        self.0.take_flush()
    }
}

impl<K, V> StateStore for SessionStore<K, V> {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn kind(&self) -> StoreKind {
        StoreKind::Session
    }

    fn logging(&self) -> bool {
        self.0.logging()
    }

    fn stage(&mut self, out: &mut Staged) -> Result<(), Error> {
        self.0.stage(out)
    }

    fn applied(&mut self) {
        self.0.applied();
    }

    fn discard(&mut self) {
        self.0.discard();
    }

    fn dirty_bytes(&self) -> usize {
        self.0.dirty_bytes()
    }

    fn restore(&mut self, batch: &mut RestoreBatch, record: RestoreRecord<'_>) -> Result<(), Error> {
        self.0.restore(batch, record)
    }

    fn logged(&mut self, from: i64) {
        self.0.logged(from);
    }

    fn observed(&self) -> Option<ObservedTime> {
        self.0.observed()
    }

    fn set_observed(&mut self, time: ObservedTime) {
        self.0.set_observed(time);
    }

    fn metadata(&self) -> Option<Vec<u8>> {
        self.0.metadata()
    }

    fn limit_cache(&mut self, bytes: usize) {
        self.0.limit_cache(bytes);
    }

    fn stats(&self) -> StoreStats {
        self.0.stats()
    }
}

impl<K, V> fmt::Debug for SessionStore<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SessionStore").field(&self.0).finish()
    }
}

#[cfg(test)]
mod tests;
