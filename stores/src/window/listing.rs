//! Listing the rows of several keys.

use std::ops::ControlFlow;

use super::WindowStore;
use crate::layout::segment_of;
use crate::overlay::RowId;
use crate::rocks::ScanRange;
use crate::{Error, ListingOrder, ValueAndTimestamp, Windowed};

type Listed<K, V> = Vec<(Windowed<K>, ValueAndTimestamp<V>)>;

struct Found<V> {
    key: Vec<u8>,
    row: RowId,
    value: ValueAndTimestamp<V>,
}

/// Which keys and starts to list.
struct Wanted {
    first_key: Option<Vec<u8>>,
    last_key: Option<Vec<u8>>,
    from: i64,
    to: i64,
}

impl Wanted {
    fn takes(&self, key: &[u8], start: i64) -> bool {
        self.from <= start
            && start <= self.to
            && self.first_key.as_deref().is_none_or(|first| first <= key)
            && self.last_key.as_deref().is_none_or(|last| key <= last)
    }
}

impl<K, V: Clone> WindowStore<K, V> {
    /// Rows of the keys from `first` to `last` (optional) with a start from `from` to `to`, all inclusive, in the store's
    /// [`ListingOrder`].
    ///
    /// # Errors
    /// [`Error::Serde`], [`Error::Storage`].
    pub fn fetch_keys(
        &mut self,
        first: Option<&K>,
        last: Option<&K>,
        from: i64,
        to: i64,
    ) -> Result<Listed<K, V>, Error> {
        let wanted = Wanted { first_key: self.key_bytes(first)?, last_key: self.key_bytes(last)?, from, to };
        self.list(wanted, false)
    }

    /// As [`WindowStore::fetch_keys`], in reverse order.
    ///
    /// # Errors
    /// [`Error::Serde`], [`Error::Storage`].
    pub fn backward_fetch_keys(
        &mut self,
        first: Option<&K>,
        last: Option<&K>,
        from: i64,
        to: i64,
    ) -> Result<Listed<K, V>, Error> {
        let wanted = Wanted { first_key: self.key_bytes(first)?, last_key: self.key_bytes(last)?, from, to };
        self.list(wanted, true)
    }

    /// Rows of all keys with a start from `from` to `to`, both inclusive, in the store's [`ListingOrder`].
    ///
    /// # Errors
    /// [`Error::Serde`], [`Error::Storage`].
    pub fn fetch_all(&mut self, from: i64, to: i64) -> Result<Listed<K, V>, Error> {
        self.list(Wanted { first_key: None, last_key: None, from, to }, false)
    }

    /// As [`WindowStore::fetch_all`], in reverse order.
    ///
    /// # Errors
    /// [`Error::Serde`], [`Error::Storage`].
    pub fn backward_fetch_all(&mut self, from: i64, to: i64) -> Result<Listed<K, V>, Error> {
        self.list(Wanted { first_key: None, last_key: None, from, to }, true)
    }

    /// All rows, in the store's [`ListingOrder`].
    ///
    /// # Errors
    /// [`Error::Serde`], [`Error::Storage`].
    pub fn all(&mut self) -> Result<Listed<K, V>, Error> {
        self.fetch_all(0, i64::MAX)
    }

    /// All rows, in reverse order.
    ///
    /// # Errors
    /// [`Error::Serde`], [`Error::Storage`].
    pub fn backward_all(&mut self) -> Result<Listed<K, V>, Error> {
        self.backward_fetch_all(0, i64::MAX)
    }

    fn key_bytes(&mut self, key: Option<&K>) -> Result<Option<Vec<u8>>, Error> {
        let Some(key) = key else { return Ok(None) };
        self.encode(key)?;
        Ok(Some(self.bytes.clone()))
    }

    fn list(&mut self, wanted: Wanted, reverse: bool) -> Result<Listed<K, V>, Error> {
        let wanted = Wanted { from: wanted.from.max(self.first_live()), ..wanted };
        if wanted.from > wanted.to {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        self.collect(&wanted, &mut found)?;
        if self.order == ListingOrder::TimeThenKey {
            found.sort_by(|a, b| (a.row.time, &a.key, a.row.seq).cmp(&(b.row.time, &b.key, b.row.seq)));
        }
        if reverse {
            found.reverse();
        }
        found.into_iter().map(|found| Ok((self.windowed(&found.key, found.row)?, found.value))).collect()
    }

    fn collect(&mut self, wanted: &Wanted, found: &mut Vec<Found<V>>) -> Result<(), Error> {
        let layout = self.rows.layout;
        let range = segments(wanted.from, wanted.to, self.windows.segment_ms());
        self.rows.visit(&range, |table_key, value| {
            if let Some((key, row)) = layout.split_table_key(table_key)
                && wanted.takes(key, row.time)
            {
                found.push(Found { key: key.to_vec(), row, value });
            }
            ControlFlow::Continue(())
        })
    }
}

/// Table keys of all segments in which starts from `from` to `to` lie.
pub(crate) fn segments(from: i64, to: i64, segment_ms: i64) -> ScanRange {
    let first = segment_of(from, segment_ms).to_be_bytes();
    match segment_of(to, segment_ms).checked_add(1) {
        Some(end) => ScanRange::new(first, end.to_be_bytes()),
        None => ScanRange::starting_at(first),
    }
}
