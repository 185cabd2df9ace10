//! What the results must be, from the acknowledged events alone.

use std::collections::BTreeMap;

use super::events::{Event, PARTITIONS};
use super::topology::{GRACE, SIZE};

/// Counts by word.
pub(crate) type Counts = BTreeMap<String, u64>;
/// Sums by word and start of the window.
pub(crate) type Sums = BTreeMap<(String, i64), i64>;

#[derive(Debug, Default)]
pub(crate) struct Expected {
    pub(crate) counts: Counts,
    pub(crate) sums: Sums,
    pub(crate) late: u64,
}

/// `events` in the order of each partition. One is late for its window by the highest time its own partition has brought.
pub(crate) fn fold(events: &[Event]) -> Expected {
    let mut expected = Expected::default();
    let mut highest = [-1_i64; PARTITIONS as usize];
    for event in events {
        *expected.counts.entry(event.word.clone()).or_default() += 1;
        let sender = &mut highest[event.partition as usize];
        *sender = event.time.max(*sender);
        let start = event.time / SIZE * SIZE;
        if start + SIZE > *sender - GRACE {
            *expected.sums.entry((event.word.clone(), start)).or_default() += event.amount;
        } else {
            expected.late += 1;
        }
    }
    expected
}
