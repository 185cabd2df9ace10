//! Window stores.

mod expiry;
mod fetch;
mod floors;
mod listing;
mod saved;
mod seen;
mod state;
mod times;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub(crate) use fetch::key_range;
use floors::Floors;
pub(crate) use listing::segments;
pub(crate) use saved::Saved;
use seen::SeenKeys;
pub(crate) use times::WindowTimes;

use crate::layout::{Layout, segment_of};
use crate::overlay::{Flushed, RowId};
use crate::rows::Rows;
use crate::table::Table;
use crate::{Error, Headers, ListingOrder, SharedSerde, StoreOptions, ValueAndTimestamp, WindowOptions, Windowed};

/// A store of values by key and window start. Reads see uncommitted writes of their own task.
///
/// Rows at `observed time - retention` and before are gone, to the millisecond: not read, not written. The observed time
/// is the highest start put, or what the owner hands in by [`WindowStore::advance`]; it is saved with the rows, so that
/// lateness is judged the same after a restart. Rows leave the disk later, a segment at a time.
pub struct WindowStore<K, V> {
    rows: Rows<V>,
    key: SharedSerde<K>,
    windows: WindowOptions,
    order: ListingOrder,
    bytes: Vec<u8>,
    seen: SeenKeys,
    floors: Floors,
    times: WindowTimes,
    committed_times: WindowTimes,
    staged_times: WindowTimes,
    /// Whether the observed time is known. After a restore it is a guess until a record comes: nothing expires by it.
    settled: bool,
    /// Rows of the overlay may lie in segments that were dropped.
    expired: bool,
    /// Counts refused rows over all stores of the task.
    expired_rows: Arc<AtomicU64>,
}

/// Part of the bytes for committed rows, besides these, that may go into knowing which keys have any.
const SEEN_SHARE: usize = 8;

/// How a window store is made.
pub(crate) struct WindowParts<'a, K, V> {
    pub(crate) options: &'a StoreOptions,
    pub(crate) windows: WindowOptions,
    pub(crate) order: ListingOrder,
    /// Windows, or sessions.
    pub(crate) layout: Layout,
    pub(crate) key: SharedSerde<K>,
    pub(crate) value: SharedSerde<V>,
    pub(crate) table: Table,
    pub(crate) saved: Saved,
    /// Counts refused rows over all stores of the task.
    pub(crate) expired: Arc<AtomicU64>,
}

impl<K, V> WindowStore<K, V> {
    pub(crate) fn new(parts: WindowParts<'_, K, V>) -> Self {
        let segment_ms = parts.windows.segment_ms();
        let Saved { times, floors } = parts.saved;
        // What was committed before the store was opened was noted by nobody.
        let fresh = if times.newest < 0 { 0 } else { segment_of(times.newest, segment_ms) + 1 };
        Self {
            seen: SeenKeys::new(fresh, parts.options.cache_bytes / SEEN_SHARE),
            rows: Rows::new(parts.options, parts.layout, parts.table, parts.value),
            key: parts.key,
            windows: parts.windows,
            order: parts.order,
            bytes: Vec::new(),
            floors,
            times,
            committed_times: times,
            staged_times: times,
            settled: true,
            expired: false,
            expired_rows: parts.expired,
        }
    }

    fn encode(&mut self, key: &K) -> Result<(), Error> {
        self.bytes.clear();
        self.key.serialize(key, &mut self.bytes).map_err(|error| Error::key(&self.rows.name, error))?;
        Ok(())
    }

    fn windowed(&self, key: &[u8], row: RowId) -> Result<Windowed<K>, Error> {
        let key = self.key.deserialize(Some(key)).map_err(|error| Error::key(&self.rows.name, error))?;
        Ok(Windowed { key, window: self.rows.layout.window(row, self.windows.window_size_ms) })
    }

    /// The time retention counts from, epoch ms; -1 before the first row.
    #[must_use]
    pub fn observed_time(&self) -> i64 {
        self.times.observed
    }

    /// Raises the observed time to `timestamp` (epoch ms): time has passed without a put.
    pub fn observe_stream_time(&mut self, timestamp: i64) {
        self.times.observed = self.times.observed.max(timestamp);
        self.settled = true;
    }

    /// Hands the observed time over to the caller: from now on retention counts from the highest `time` (epoch ms) handed
    /// in, and puts do not move it. So a store behind a repartition topic keeps its rows until the slowest sender has
    /// passed them.
    pub fn advance(&mut self, time: i64) {
        if self.times.follows_puts {
            // What puts said does not count any more: the slowest sender may be behind it.
            self.times.observed = -1;
            self.times.follows_puts = false;
        }
        self.observe_stream_time(time);
    }

    /// Gives up rows with a start before `timestamp` (epoch ms), as [`WindowStore::advance`] does for the time that makes
    /// them expire. They leave overlay and table with the next commit.
    pub fn expire_before(&mut self, timestamp: i64) {
        self.advance(timestamp.saturating_add(self.windows.retention_ms).saturating_sub(1));
    }

    fn first_live(&self) -> i64 {
        self.times.first_live(&self.windows)
    }

    fn count_expired(&mut self) {
        self.rows.count_expired();
        self.expired_rows.fetch_add(1, Ordering::Relaxed);
    }

    fn observe_put(&mut self, start: i64) {
        if self.times.follows_puts {
            self.observe_stream_time(start);
        }
    }
}

impl<K, V: Clone> WindowStore<K, V> {
    /// Sets the event time (epoch ms) of the record being processed: deletions are written with it. Without it they get the
    /// highest time written so far.
    pub fn at(&mut self, timestamp: i64) -> &mut Self {
        self.rows.at(timestamp);
        self
    }

    /// Sets the row of `key` and `start`; `None` deletes. Where duplicates are kept a put adds a row and `None` does
    /// nothing. `false`: refused, the window has expired.
    ///
    /// # Errors
    /// [`Error::Serde`], [`Error::Storage`].
    pub fn put(
        &mut self,
        key: &K,
        start: i64,
        value: Option<ValueAndTimestamp<V>>,
        headers: &Headers,
    ) -> Result<bool, Error> {
        let seq = if self.windows.retain_duplicates { self.times.next_seq() } else { 0 };
        self.put_row(key, RowId { time: start, seq }, value, headers)
    }

    /// As [`WindowStore::put`], for any row.
    pub(crate) fn put_row(
        &mut self,
        key: &K,
        row: RowId,
        value: Option<ValueAndTimestamp<V>>,
        headers: &Headers,
    ) -> Result<bool, Error> {
        self.encode(key)?;
        let duplicates = self.windows.retain_duplicates;
        // A null among duplicates is not a row: it does not make the others older.
        if value.is_some() || !duplicates {
            self.observe_put(row.time);
        }
        let live = row.time >= self.first_live();
        if !live {
            self.count_expired();
        }
        if !live || (duplicates && value.is_none()) {
            if self.rows.options.logs_every_put() {
                // Kafka Streams logs what the store refuses, too.
                self.rows.log_refused(&self.bytes, row, value.as_ref(), headers)?;
            }
            return Ok(live);
        }
        self.times.newest = self.times.newest.max(row.time);
        let slot = self.rows.overlay.slot(&self.bytes);
        self.cover_unseen(slot, row.time, duplicates);
        self.rows.write(&self.bytes, slot, row, value, headers)?;
        Ok(true)
    }

    /// Changes the row of `key` and `start` by `change`, which gets the present value and answers the new one; `None`
    /// deletes. The value is moved, not cloned. `false`: refused, the window has expired, and `change` was not called.
    ///
    /// If `change` fails, nothing is changed. (Where that would need a copy of an uncommitted value that owns memory, the
    /// store instead refuses to be staged until its uncommitted writes are discarded: [`Error::Torn`].)
    ///
    /// # Errors
    /// What `change` answers, [`Error::Serde`], [`Error::Storage`].
    pub fn update<E: From<Error>>(
        &mut self,
        key: &K,
        start: i64,
        headers: &Headers,
        change: impl FnOnce(Option<ValueAndTimestamp<V>>) -> Result<Option<ValueAndTimestamp<V>>, E>,
    ) -> Result<bool, E> {
        self.encode(key)?;
        self.observe_put(start);
        if start < self.first_live() {
            self.count_expired();
            return Ok(false);
        }
        let slot = self.rows.overlay.slot(&self.bytes);
        self.cover_unseen(slot, start, false);
        self.times.newest = self.times.newest.max(start);
        self.rows.update(&self.bytes, slot, RowId { time: start, seq: 0 }, headers, change)?;
        Ok(true)
    }

    /// Rows written since the last flush, in the order of their last write, with the values before the first of those
    /// writes. Empty unless the store is built with `caching`.
    ///
    /// # Errors
    /// [`Error::Serde`] when a key cannot be read back.
    pub fn take_flush(&mut self) -> Result<Vec<Flushed<Windowed<K>, V>>, Error> {
        let (name, serde, size_ms) = (&self.rows.name, &self.key, self.windows.window_size_ms);
        let layout = self.rows.layout;
        let mut flushed = Vec::new();
        self.rows.overlay.take_flush(|row| {
            let key = serde.deserialize(Some(row.key)).map_err(|error| Error::key(name, error))?;
            let key = Windowed { key, window: layout.window(row.id, size_ms) };
            let (new, old, headers, timestamp) = (row.new, row.old, row.headers, row.timestamp);
            flushed.push(Flushed { key, new, old, headers, timestamp });
            Ok::<_, Error>(())
        })?;
        Ok(flushed)
    }
}

impl<K, V> fmt::Debug for WindowStore<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WindowStore")
            .field("rows", &self.rows)
            .field("windows", &self.windows)
            .field("times", &self.times)
            .finish_non_exhaustive()
    }
}
