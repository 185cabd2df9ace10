//! Which keys have committed rows in which segment.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

/// What a fingerprint takes, with the free places of its table.
const FINGERPRINT_BYTES: usize = 10;

/// Fingerprints of the keys with committed rows, by segment: most keys are met for the first time, and this answers what
/// the table would have to open an iterator for. One fingerprint in four billion lies; then the table is asked in vain.
#[derive(Debug)]
pub(super) struct SeenKeys {
    segments: BTreeMap<i64, HashTable<u32>>,
    /// Nothing is known of the segments before this one.
    known_from: i64,
    count: usize,
    limit: usize,
}

impl SeenKeys {
    /// Knows the segments from `known_from` on, of which nothing is committed yet, within `bytes` (estimated).
    pub(super) fn new(known_from: i64, bytes: usize) -> Self {
        Self { segments: BTreeMap::new(), known_from, count: 0, limit: bytes / FINGERPRINT_BYTES }
    }

    /// Takes at most `bytes` (estimated) from now on.
    pub(super) fn limit(&mut self, bytes: usize) {
        self.limit = bytes / FINGERPRINT_BYTES;
        self.keep_limit();
    }

    /// A row of the key with this hash is about to be committed in `segment`.
    pub(super) fn note(&mut self, segment: i64, hash: u64) {
        if segment < self.known_from {
            return;
        }
        let print = fingerprint(hash);
        let prints = self.segments.entry(segment).or_default();
        if let Entry::Vacant(place) = prints.entry(spread(print), |known| *known == print, |known| spread(*known)) {
            place.insert(print);
            self.count += 1;
            self.keep_limit();
        }
    }

    /// Whether the key with this hash may have committed rows in one of `segments`.
    pub(super) fn may_hold(&self, segments: RangeInclusive<i64>, hash: u64) -> bool {
        if segments.is_empty() || *segments.start() < self.known_from {
            return !segments.is_empty();
        }
        let print = fingerprint(hash);
        let holds = |prints: &HashTable<u32>| prints.find(spread(print), |known| *known == print).is_some();
        self.segments.range(segments).any(|(_, prints)| holds(prints))
    }

    /// The rows of the segments before `segment` are gone from the table.
    pub(super) fn forget_before(&mut self, segment: i64) {
        let live = self.segments.split_off(&segment);
        let gone = std::mem::replace(&mut self.segments, live);
        self.count -= gone.values().map(HashTable::len).sum::<usize>();
    }

    /// Gives up the oldest segments, which are asked for least, while there are too many fingerprints.
    fn keep_limit(&mut self) {
        while self.count > self.limit {
            let Some((segment, prints)) = self.segments.pop_first() else { return };
            self.count -= prints.len();
            self.known_from = segment.saturating_add(1);
        }
    }
}

fn fingerprint(hash: u64) -> u32 {
    (hash >> 32) as u32
}

/// A table takes its place from the low bits and its tag from the high ones: both need all of a fingerprint.
fn spread(print: u32) -> u64 {
    u64::from(print).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: u64 = 7 << 32;
    const BOB: u64 = 8 << 32;

    #[test]
    fn knows_what_was_noted_and_nothing_of_the_time_before() {
        let mut seen = SeenKeys::new(5, 1 << 20);
        seen.note(4, ADA);
        seen.note(6, ADA);
        assert!(seen.may_hold(6..=6, ADA));
        assert!(seen.may_hold(5..=9, ADA));
        assert!(!seen.may_hold(5..=5, ADA) && !seen.may_hold(7..=9, ADA));
        assert!(!seen.may_hold(5..=9, BOB));
        assert!(seen.may_hold(4..=4, BOB), "before the first known segment anything may be");
    }

    #[test]
    fn forgets_the_oldest_segment_for_want_of_room_and_then_answers_maybe() {
        let mut seen = SeenKeys::new(0, 2 * FINGERPRINT_BYTES);
        (0..3).for_each(|segment| seen.note(segment, ADA));
        assert!(seen.may_hold(0..=0, BOB));
        assert!(!seen.may_hold(1..=2, BOB) && seen.may_hold(1..=1, ADA));
        seen.forget_before(2);
        assert!(!seen.may_hold(1..=1, ADA), "its rows are gone");
        seen.note(3, BOB);
        assert!(seen.may_hold(2..=2, ADA), "there was room again");
    }
}
