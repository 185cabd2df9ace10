//! Key-value stores.

use std::fmt;

use crate::layout::Layout;
use crate::overlay::{Flushed, RowId, SlotId};
use crate::rocks::ScanRange;
use crate::rows::{Rows, Scanned};
use crate::table::Table;
use crate::{
    Error, Headers, RestoreBatch, RestoreRecord, SharedSerde, Staged, StateStore, StoreKind, StoreOptions, StoreStats,
    ValueAndTimestamp,
};

/// Rows of a listing: keys and values.
type Listed<K, V> = Vec<(K, ValueAndTimestamp<V>)>;

/// A store of one value for each key. Reads see uncommitted writes of their own task.
pub struct KeyValueStore<K, V> {
    rows: Rows<V>,
    key: SharedSerde<K>,
    bytes: Vec<u8>,
}

impl<K, V> KeyValueStore<K, V> {
    pub(crate) fn new(options: &StoreOptions, key: SharedSerde<K>, value: SharedSerde<V>, table: Table) -> Self {
        Self { rows: Rows::new(options, Layout::KeyValue, table, value), key, bytes: Vec::new() }
    }

    /// The slot of `key`, whose bytes are left in `self.bytes`.
    fn slot(&mut self, key: &K) -> Result<SlotId, Error> {
        self.encode(key)?;
        Ok(self.rows.overlay.slot(&self.bytes))
    }

    fn encode(&mut self, key: &K) -> Result<(), Error> {
        self.bytes.clear();
        self.key.serialize(key, &mut self.bytes).map_err(|error| Error::key(&self.rows.name, error))?;
        Ok(())
    }

    fn decode(&self, bytes: &[u8]) -> Result<K, Error> {
        self.key.deserialize(Some(bytes)).map_err(|error| Error::key(&self.rows.name, error))
    }
}

impl<K, V: Clone> KeyValueStore<K, V> {
    /// Sets the event time (epoch ms) of the record being processed: deletions are written with it. Without it they get the
    /// highest time written so far.
    pub fn at(&mut self, timestamp: i64) -> &mut Self {
        self.rows.at(timestamp);
        self
    }

    /// The value of `key`.
    ///
    /// # Errors
    /// [`Error::Serde`], [`Error::Storage`].
    pub fn get(&mut self, key: &K) -> Result<Option<&ValueAndTimestamp<V>>, Error> {
        let slot = self.slot(key)?;
        let place = self.rows.read(&self.bytes, slot, RowId::ONLY)?;
        Ok(place.and_then(|place| self.rows.overlay.value(place)))
    }

    /// Sets the value of `key`; `None` deletes.
    ///
    /// # Errors
    /// [`Error::Serde`], [`Error::Storage`].
    pub fn put(&mut self, key: &K, value: Option<ValueAndTimestamp<V>>, headers: &Headers) -> Result<(), Error> {
        let slot = self.slot(key)?;
        self.rows.write(&self.bytes, slot, RowId::ONLY, value, headers)
    }

    /// Sets the value of `key` unless it has one; answers the one it has.
    ///
    /// # Errors
    /// [`Error::Serde`], [`Error::Storage`].
    pub fn put_if_absent(
        &mut self,
        key: &K,
        value: Option<ValueAndTimestamp<V>>,
        headers: &Headers,
    ) -> Result<Option<ValueAndTimestamp<V>>, Error> {
        if let Some(known) = self.get(key)? {
            return Ok(Some(known.clone()));
        }
        self.put(key, value, headers)?;
        Ok(None)
    }

    /// Deletes `key` as of `timestamp` (epoch ms); answers the value it had.
    ///
    /// # Errors
    /// [`Error::Serde`], [`Error::Storage`].
    pub fn delete(
        &mut self,
        key: &K,
        timestamp: i64,
        headers: &Headers,
    ) -> Result<Option<ValueAndTimestamp<V>>, Error> {
        let old = self.get(key)?.cloned();
        self.at(timestamp).put(key, None, headers)?;
        Ok(old)
    }

    /// Changes the value of `key` by `change`, which gets the present one and answers the new one; `None` deletes. The value
    /// is moved out and back, not cloned.
    ///
    /// If `change` fails, nothing is changed. (Where that would need a copy of an uncommitted value that owns memory, the
    /// store instead refuses to be staged until its uncommitted writes are discarded: [`Error::Torn`].)
    ///
    /// # Errors
    /// What `change` answers, [`Error::Serde`], [`Error::Storage`].
    pub fn update<E: From<Error>>(
        &mut self,
        key: &K,
        headers: &Headers,
        change: impl FnOnce(Option<ValueAndTimestamp<V>>) -> Result<Option<ValueAndTimestamp<V>>, E>,
    ) -> Result<(), E> {
        let slot = self.slot(key)?;
        self.rows.update(&self.bytes, slot, RowId::ONLY, headers, change)
    }

    /// Rows with keys from `from` to `to`, both inclusive and optional, in the order of the key's bytes.
    ///
    /// # Errors
    /// [`Error::Serde`], [`Error::Storage`].
    pub fn range(&mut self, from: Option<&K>, to: Option<&K>) -> Result<Listed<K, V>, Error> {
        let range = self.scan_range(from, to)?;
        self.list(&range)
    }

    /// As [`KeyValueStore::range`], from the last key to the first.
    ///
    /// # Errors
    /// [`Error::Serde`], [`Error::Storage`].
    pub fn reverse_range(&mut self, from: Option<&K>, to: Option<&K>) -> Result<Listed<K, V>, Error> {
        let range = self.scan_range(from, to)?.reversed();
        self.list(&range)
    }

    /// All rows, in the order of the key's bytes.
    ///
    /// # Errors
    /// [`Error::Serde`], [`Error::Storage`].
    pub fn all(&mut self) -> Result<Listed<K, V>, Error> {
        self.list(&ScanRange::all())
    }

    /// All rows, from the last key to the first.
    ///
    /// # Errors
    /// [`Error::Serde`], [`Error::Storage`].
    pub fn reverse_all(&mut self) -> Result<Listed<K, V>, Error> {
        self.list(&ScanRange::all().reversed())
    }

    /// Rows whose key's bytes begin with `prefix`, in the order of the key's bytes.
    ///
    /// # Errors
    /// [`Error::Serde`], [`Error::Storage`].
    pub fn prefix_scan(&mut self, prefix: &[u8]) -> Result<Listed<K, V>, Error> {
        self.list(&ScanRange::prefix(prefix))
    }

    /// Number of rows: an estimate, in which uncommitted writes may be missing.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn approximate_num_entries(&self) -> Result<u64, Error> {
        self.rows.table.len()
    }

    /// Keys written since the last flush, in the order of their last write, with the values before the first of those
    /// writes. Empty unless the store is built with `caching`.
    ///
    /// # Errors
    /// [`Error::Serde`] when a key cannot be read back.
    pub fn take_flush(&mut self) -> Result<Vec<Flushed<K, V>>, Error> {
        let (name, serde) = (&self.rows.name, &self.key);
        let mut flushed = Vec::new();
        self.rows.overlay.take_flush(|row| {
            let key = serde.deserialize(Some(row.key)).map_err(|error| Error::key(name, error))?;
            let (new, old, headers, timestamp) = (row.new, row.old, row.headers, row.timestamp);
            flushed.push(Flushed { key, new, old, headers, timestamp });
            Ok::<_, Error>(())
        })?;
        Ok(flushed)
    }

    fn scan_range(&mut self, from: Option<&K>, to: Option<&K>) -> Result<ScanRange, Error> {
        let mut range = ScanRange::all();
        if let Some(from) = from {
            self.encode(from)?;
            range.from.clone_from(&self.bytes);
        }
        if let Some(to) = to {
            self.encode(to)?;
            // The key right behind `to`: the range is inclusive.
            range.to = Some([self.bytes.as_slice(), &[0]].concat());
        }
        Ok(range)
    }

    fn list(&mut self, range: &ScanRange) -> Result<Listed<K, V>, Error> {
        let rows: Vec<Scanned<V>> = self.rows.scan(range)?;
        rows.into_iter().map(|(key, value)| Ok((self.decode(&key)?, value))).collect()
    }
}

impl<K, V> StateStore for KeyValueStore<K, V> {
    fn name(&self) -> &str {
        &self.rows.name
    }

    fn kind(&self) -> StoreKind {
        StoreKind::KeyValue
    }

    fn logging(&self) -> bool {
        self.rows.options.logging
    }

    fn stage(&mut self, out: &mut Staged) -> Result<(), Error> {
        self.rows.stage(out, |_, _| ())
    }

    fn applied(&mut self) {
        self.rows.applied();
    }

    fn discard(&mut self) {
        self.rows.discard();
    }

    fn dirty_bytes(&self) -> usize {
        self.rows.dirty_bytes()
    }

    fn restore(&mut self, batch: &mut RestoreBatch, record: RestoreRecord<'_>) -> Result<(), Error> {
        self.rows.restore(batch, record).map(|_| ())
    }

    fn can_read(&self, record: RestoreRecord<'_>) -> bool {
        let value = &self.rows.codec.serde;
        self.key.deserialize(Some(record.key)).is_ok()
            && record.value.is_none_or(|bytes| value.deserialize(Some(bytes)).is_ok())
    }

    fn metadata(&self) -> Option<Vec<u8>> {
        None
    }

    fn limit_cache(&mut self, bytes: usize) {
        self.rows.overlay.limit(bytes);
    }

    fn stats(&self) -> StoreStats {
        self.rows.stats()
    }
}

impl<K, V> fmt::Debug for KeyValueStore<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyValueStore").field("rows", &self.rows).finish_non_exhaustive()
    }
}
