//! Customers' factors between requests, as long as neither their history nor the model has changed.

use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::profile::Profile;
use crate::interactions::Customer;

/// Parts with a lock of their own each.
const SHARDS: usize = 16;

/// What a profile was made of.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    /// How far the two tasks were that hold the history.
    pub(super) progress: (u64, u64),
    /// Version of the model.
    pub(super) version: u64,
    /// The history.
    pub(super) customer: Arc<Customer>,
    /// What it comes to.
    pub(super) profile: Arc<Profile>,
}

/// Profiles by user id, a bounded number: of two generations the older one is forgotten when the younger one is full.
///
/// std's locks: held for a look-up.
#[derive(Debug)]
pub(super) struct FoldIns {
    shards: Vec<Mutex<Generations>>,
    per_generation: usize,
}

#[derive(Debug, Default)]
struct Generations {
    young: FxHashMap<Arc<str>, Kept>,
    old: FxHashMap<Arc<str>, Kept>,
}

impl FoldIns {
    pub(super) fn new(customers: usize) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { shards, per_generation: (customers / SHARDS / 2).max(1) }
    }

    pub(super) fn get(&self, user: &str) -> Option<Kept> {
        let mut shard = self.shard(user)?.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = shard.young.get(user) {
            return Some(kept.clone());
        }
        let (user, kept) = shard.old.remove_entry(user)?;
        self.insert(&mut shard, user, kept.clone());
        Some(kept)
    }

    pub(super) fn put(&self, user: &str, kept: Kept) {
        if let Some(shard) = self.shard(user) {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            self.insert(&mut shard, user.into(), kept);
        }
    }

    fn insert(&self, shard: &mut Generations, user: Arc<str>, kept: Kept) {
        if shard.young.len() >= self.per_generation {
            shard.old = std::mem::take(&mut shard.young);
        }
        shard.young.insert(user, kept);
    }

    fn shard(&self, user: &str) -> Option<&Mutex<Generations>> {
        let hash = tillstream_models::events::payload_hash(user.as_bytes());
        self.shards.get(hash as usize % SHARDS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(version: u64) -> Kept {
        Kept { progress: (0, 0), version, customer: Arc::default(), profile: Arc::default() }
    }

    #[test]
    fn the_number_kept_is_bounded_and_who_is_asked_for_stays() {
        let cache = FoldIns::new(320);
        for round in 0..10_000 {
            cache.put(&format!("u{round}"), kept(round));
            if round > 0 {
                assert!(cache.get("u0").is_some(), "{round}");
            }
        }
        let sizes = cache.shards.iter().map(|shard| {
            let shard = shard.lock().unwrap();
            shard.young.len() + shard.old.len()
        });
        assert!(sizes.sum::<usize>() <= 320);
    }
}
