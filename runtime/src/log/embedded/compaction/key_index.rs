//! The newest offset of each key in the part that is being cleaned.

use std::collections::HashMap;

/// What a key takes beside its bytes: the entry, the allocation, the free places of the map.
const ENTRY_BYTES: usize = 64;

/// Keys themselves and not their hashes: two keys that met in a hash would cost one of them its last value. The map is
/// seeded, for keys may be chosen by strangers; its order is never seen.
#[derive(Debug)]
pub(super) struct KeyIndex {
    newest: HashMap<Box<[u8]>, i64>,
    bytes: usize,
    limit: usize,
}

impl KeyIndex {
    pub(super) fn new(limit: usize) -> Self {
        Self { newest: HashMap::new(), bytes: 0, limit }
    }

    pub(super) fn is_full(&self) -> bool {
        self.bytes >= self.limit
    }

    /// Notes that `key` occurs at `offset`, which is above all offsets noted before.
    pub(super) fn note(&mut self, key: &[u8], offset: i64) {
        match self.newest.get_mut(key) {
            Some(newest) => *newest = offset,
            None => {
                self.bytes += key.len() + ENTRY_BYTES;
                self.newest.insert(key.into(), offset);
            }
        }
    }

    /// Whether the record of `key` at `offset` was followed by a newer one.
    pub(super) fn supersedes(&self, key: &[u8], offset: i64) -> bool {
        self.newest.get(key).is_some_and(|newest| *newest > offset)
    }
}
