//! Typed reading of a session store in a snapshot.

use std::fmt;

use super::{Snapshot, WindowView};
use crate::{Error, SharedSerde, StoreKind, ValueAndTimestamp, Windowed};

type Listed<K, V> = Vec<(Windowed<K>, ValueAndTimestamp<V>)>;

/// A session store of a [`Snapshot`]. Expired sessions are not seen, whether they are still on disk or not.
pub struct SessionView<'a, K, V>(WindowView<'a, K, V>);

impl Snapshot<'_> {
    /// The session store `store`, read with the serdes it was written with.
    ///
    /// # Errors
    /// [`Error::UnknownStore`].
    pub fn session_view<'a, K, V>(
        &'a self,
        store: &'a str,
        key: SharedSerde<K>,
        value: SharedSerde<V>,
    ) -> Result<SessionView<'a, K, V>, Error> {
        self.timed_view(store, (StoreKind::Session, "session"), key, value).map(SessionView)
    }
}

impl<K, V> SessionView<'_, K, V> {
    /// At most `limit` sessions of `key` with an end from `from` to `to` (epoch ms, inclusive), by end, then start.
    ///
    /// # Errors
    /// [`Error::Serde`], [`Error::Storage`].
    pub fn fetch(&self, key: &K, from: i64, to: i64, limit: usize) -> Result<Listed<K, V>, Error> {
        self.0.fetch(key, from, to, limit)
    }

    /// At most `limit` sessions of all keys with an end from `from` to `to` (epoch ms, inclusive): segment by segment, in each
    /// by key, then end.
    ///
    /// # Errors
    /// [`Error::Serde`], [`Error::Storage`].
    pub fn fetch_all(&self, from: i64, to: i64, limit: usize) -> Result<Listed<K, V>, Error> {
        self.0.fetch_all(from, to, limit)
    }
}

impl<K, V> fmt::Debug for SessionView<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SessionView").field(&self.0).finish()
    }
}
