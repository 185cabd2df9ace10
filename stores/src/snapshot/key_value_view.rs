//! Typed reading of a key-value store in a snapshot.

use std::fmt;
use std::ops::ControlFlow;

use super::Snapshot;
use crate::committed::StoreInfo;
use crate::rocks::ScanRange;
use crate::{Error, SharedSerde, StoreKind, ValueAndTimestamp};

type Listed<K, V> = Vec<(K, ValueAndTimestamp<V>)>;

/// A key-value store of a [`Snapshot`].
pub struct KeyValueView<'a, K, V> {
    snapshot: &'a Snapshot<'a>,
    store: &'a str,
    info: &'a StoreInfo,
    key: SharedSerde<K>,
    value: SharedSerde<V>,
}

impl Snapshot<'_> {
    /// The key-value store `store`, read with the serdes it was written with.
    ///
    /// # Errors
    /// [`Error::UnknownStore`].
    pub fn key_value_view<'a, K, V>(
        &'a self,
        store: &'a str,
        key: SharedSerde<K>,
        value: SharedSerde<V>,
    ) -> Result<KeyValueView<'a, K, V>, Error> {
        let info = self.info_of(store, StoreKind::KeyValue, "key-value")?;
        Ok(KeyValueView { snapshot: self, store, info, key, value })
    }
}

impl<K, V> KeyValueView<'_, K, V> {
    /// The value of `key`.
    ///
    /// # Errors
    /// [`Error::Serde`], [`Error::Storage`].
    pub fn get(&self, key: &K) -> Result<Option<ValueAndTimestamp<V>>, Error> {
        let found = self.snapshot.get(self.store, &self.bytes(key)?)?;
        found.map(|(value, timestamp)| self.decode(&value, timestamp)).transpose()
    }

    /// At most `limit` rows with keys from `from` to `to`, both inclusive and optional, in the order of the key's bytes.
    ///
    /// # Errors
    /// [`Error::Serde`], [`Error::Storage`].
    pub fn range(&self, from: Option<&K>, to: Option<&K>, limit: usize) -> Result<Listed<K, V>, Error> {
        let mut range = ScanRange::all();
        if let Some(from) = from {
            range.from = self.bytes(from)?;
        }
        if let Some(to) = to {
            let mut end = self.bytes(to)?;
            end.push(0);
            range.to = Some(end);
        }
        self.list(&range, limit)
    }

    /// At most `limit` rows, in the order of the key's bytes.
    ///
    /// # Errors
    /// [`Error::Serde`], [`Error::Storage`].
    pub fn all(&self, limit: usize) -> Result<Listed<K, V>, Error> {
        self.list(&ScanRange::all(), limit)
    }

    /// At most `limit` rows whose key's bytes begin with `prefix`, in the order of the key's bytes.
    ///
    /// # Errors
    /// [`Error::Serde`], [`Error::Storage`].
    pub fn prefix(&self, prefix: &[u8], limit: usize) -> Result<Listed<K, V>, Error> {
        self.list(&ScanRange::prefix(prefix), limit)
    }

    /// Shows `visit` the rows with keys from `from` to `to` (inclusive and optional) that begin with `prefix`, in the order of the
    /// key's bytes, until it breaks off. Nothing is collected.
    ///
    /// # Errors
    /// [`Error::Serde`], [`Error::Storage`]; [`Error::Closed`] when the task is being closed meanwhile.
    pub fn visit(
        &self,
        prefix: &[u8],
        from: Option<&K>,
        to: Option<&K>,
        mut visit: impl FnMut(K, ValueAndTimestamp<V>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let mut range = ScanRange::prefix(prefix);
        if let Some(from) = from {
            range.from = range.from.max(self.bytes(from)?);
        }
        if let Some(to) = to {
            let mut end = self.bytes(to)?;
            end.push(0);
            range.to = Some(range.to.map_or_else(|| end.clone(), |known| known.min(end.clone())));
        }
        self.snapshot.walk(self.store, self.info, &range, |key, value, timestamp| {
            Some(self.row(key, value, timestamp).map(|(key, row)| visit(key, row)))
        })
    }

    fn list(&self, range: &ScanRange, limit: usize) -> Result<Listed<K, V>, Error> {
        let mut rows = Vec::new();
        let mut outcome = Ok(());
        self.snapshot.rows(self.store, self.info, range, limit, &mut |key, value, timestamp| {
            outcome = self.row(key, value, timestamp).map(|row| rows.push(row));
            Some(if outcome.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        outcome.map(|()| rows)
    }

    fn row(&self, key: &[u8], value: &[u8], timestamp: i64) -> Result<(K, ValueAndTimestamp<V>), Error> {
        let key = self.key.deserialize(Some(key)).map_err(|error| Error::key(self.store, error))?;
        Ok((key, self.decode(value, timestamp)?))
    }

    fn decode(&self, value: &[u8], timestamp: i64) -> Result<ValueAndTimestamp<V>, Error> {
        let value = self.value.deserialize(Some(value)).map_err(|error| Error::value(self.store, error))?;
        Ok(ValueAndTimestamp { value, timestamp })
    }

    fn bytes(&self, key: &K) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        self.key.serialize(key, &mut bytes).map_err(|error| Error::key(self.store, error))?;
        Ok(bytes)
    }
}

impl<K, V> fmt::Debug for KeyValueView<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyValueView").field("store", &self.store).finish_non_exhaustive()
    }
}
