//! What users do in the web shop, one event after the other.

use super::json::{self, pick};
use super::{SKU_EXPONENT, SKUS, SplittableRandom, USER_EXPONENT, USERS, event_time, place_ms};
use crate::ShopRecord;
use crate::zipf::Zipf;

/// Drawn with equal chances: half of what happens is a view.
const KINDS: [&str; 8] = ["view", "view", "view", "view", "search", "cart", "wish", "click"];
/// Sets these draws apart from those of the orders with the same seed.
const SEED_MASK: i64 = 0x5_DEEC_E66D;
/// Users of the wide set, all alike.
const WIDE_USERS: i32 = 8_000_000;

/// The generator of activities.
#[derive(Debug)]
pub(super) struct Activity {
    random: SplittableRandom,
    skus: Zipf,
    /// `None`: all users come alike.
    users: Option<Zipf>,
    n: u32,
    next: u32,
}

impl Activity {
    pub(super) fn new(seed: i64, n: u32, wide: bool) -> Self {
        Self {
            random: SplittableRandom::new(seed ^ SEED_MASK),
            skus: Zipf::new(SKUS, SKU_EXPONENT),
            users: (!wide).then(|| Zipf::new(USERS, USER_EXPONENT)),
            n,
            next: 0,
        }
    }

    pub(super) fn next(&mut self) -> Option<ShopRecord> {
        if self.next == self.n {
            return None;
        }
        let place_ms = place_ms(self.next, self.n);
        self.next += 1;
        let random = &mut self.random;
        // The order of the draws is part of the format.
        let user = match &self.users {
            Some(users) => users.at(random.unit()),
            None => usize::try_from(random.below(WIDE_USERS)).unwrap_or(0),
        };
        let timestamp = event_time(place_ms, random);
        let kind = pick(&KINDS, random);
        let sku = self.skus.at(random.unit());
        let session = random.int();
        let key = json::user_id(user);
        let value = json::activity(&key, timestamp, kind, sku, session);
        let topic = if self.users.is_some() { "user-activity" } else { "user-wide" };
        Some(ShopRecord { topic, key, timestamp, value })
    }
}
