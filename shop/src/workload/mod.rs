//! The events of the Kafka Streams benchmark, byte for byte, so that figures can be compared.
//!
//! The same seed gives the same records as the Java generator of that benchmark: it draws from
//! Java's `SplittableRandom`, which is repeated here. Event time covers 48 hours from
//! 2025-06-01T00:00:00Z; 2 % of all events lie up to ten minutes before their place.
//!
//! | [`Set`] | topics | events for `n` |
//! |---|---|---|
//! | `Commerce` | `orders`, `payments`, `inventory` | n orders, n payments, one inventory event a line |
//! | `Big` | `orders-big` | n orders |
//! | `Activity` | `user-activity` | n, by 200,000 users of whom some come a lot |
//! | `Wide` | `user-wide` | n, by up to 8,000,000 users alike |
//!
//! These payloads are the benchmark's own format, not the shop's events.
//!
//! ```
//! use tillstream_shop::workload::{Set, Workload};
//!
//! let first = Workload::new(Set::Commerce, 1_000).next().map(|record| record.key);
//! assert_eq!(first.as_deref(), Some("o-0000000000"));
//! ```

mod activity;
mod commerce;
mod json;
mod splittable_random;

use std::str::FromStr;

use crate::ShopRecord;
use activity::Activity;
use commerce::Commerce;
use splittable_random::SplittableRandom;

/// The benchmark's seed.
const SEED: i64 = 42;
/// The first event's time: 2025-06-01T00:00:00Z.
const BASE_MS: i64 = 1_748_736_000_000;
/// Event time covered, however many events there are.
const SPAN_MS: i64 = 48 * 3_600_000;
/// Products; popularity follows Zipf's law with [`SKU_EXPONENT`].
const SKUS: usize = 50_000;
const SKU_EXPONENT: f64 = 0.9;
/// Users of every set but `Wide`.
const USERS: usize = 200_000;
const USER_EXPONENT: f64 = 0.8;

/// Which events to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Set {
    /// Orders with their payments and inventory events.
    Commerce,
    /// Orders alone, many of them.
    Big,
    /// What users do.
    Activity,
    /// What very many different users do.
    Wide,
}

/// A name that is no set: `commerce`, `big`, `activity` or `wide` is meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown workload set {0:?}; it is commerce, big, activity or wide")]
pub struct UnknownSet(String);

impl FromStr for Set {
    type Err = UnknownSet;

    fn from_str(name: &str) -> Result<Self, UnknownSet> {
        match name {
            "commerce" => Ok(Self::Commerce),
            "big" => Ok(Self::Big),
            "activity" => Ok(Self::Activity),
            "wide" => Ok(Self::Wide),
            other => Err(UnknownSet(other.to_owned())),
        }
    }
}

/// The records of a set, in the order in which the benchmark publishes them.
#[derive(Debug)]
pub struct Workload(Generator);

#[derive(Debug)]
enum Generator {
    Commerce(Box<Commerce>),
    Activity(Activity),
}

impl Workload {
    /// The set's records for `n` orders, or `n` activities.
    #[must_use]
    pub fn new(set: Set, n: u32) -> Self {
        Self(match set {
            Set::Commerce => Generator::Commerce(Box::new(Commerce::new(SEED, n, false))),
            Set::Big => Generator::Commerce(Box::new(Commerce::new(SEED + 1, n, true))),
            Set::Activity => Generator::Activity(Activity::new(SEED, n, false)),
            Set::Wide => Generator::Activity(Activity::new(SEED, n, true)),
        })
    }
}

impl Iterator for Workload {
    type Item = ShopRecord;

    fn next(&mut self) -> Option<ShopRecord> {
        match &mut self.0 {
            Generator::Commerce(commerce) => commerce.next(),
            Generator::Activity(activity) => activity.next(),
        }
    }
}

/// The place in time of the i-th of n events.
fn place_ms(i: u32, n: u32) -> i64 {
    BASE_MS + (f64::from(i) * SPAN_MS as f64 / f64::from(n)) as i64
}

/// The event time of an event at `place_ms`: 2 % are up to ten minutes late.
fn event_time(place_ms: i64, random: &mut SplittableRandom) -> i64 {
    if random.below(100) < 2 { place_ms - i64::from(random.below(600_000)) } else { place_ms }
}
