//! The newest batches in memory: a reader that keeps up never goes to the database.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use super::batch::Batch;
use super::keys::PartitionKey;

/// The newest batches of all partitions, within a bound of bytes; the oldest go first, whosever they are.
///
/// For one partition they are always the last ones without a hole: batches come in commit order and leave in it.
#[derive(Debug)]
pub(super) struct RecentBatches {
    partitions: FxHashMap<PartitionKey, VecDeque<Batch>>,
    arrivals: VecDeque<PartitionKey>,
    bytes: usize,
    limit: usize,
}

impl RecentBatches {
    pub(super) fn new(limit: usize) -> Self {
        Self { partitions: FxHashMap::default(), arrivals: VecDeque::new(), bytes: 0, limit }
    }

    pub(super) fn add(&mut self, partition: PartitionKey, batch: Batch) {
        self.bytes += batch.bytes.len();
        self.partitions.entry(partition).or_default().push_back(batch);
        self.arrivals.push_back(partition);
        while self.bytes > self.limit && self.drop_oldest() {}
    }

    /// Batches from the one that holds `offset` on, up to `end`, until they make up `budget` bytes; none if that one is
    /// not here. `end` is where the partition ends for the reader: batches come here a moment before that moves.
    pub(super) fn from(&self, partition: PartitionKey, offset: i64, end: i64, budget: usize) -> Vec<Batch> {
        let Some(batches) = self.partitions.get(&partition) else {
            return Vec::new();
        };
        if batches.front().is_none_or(|first| offset < first.header.base_offset) {
            return Vec::new();
        }
        let first = batches.partition_point(|batch| batch.header.last_offset < offset);
        let mut left = budget;
        let within = batches.range(first..).take_while(|batch| {
            let wanted = left > 0 && batch.header.last_offset < end;
            left = left.saturating_sub(batch.bytes.len());
            wanted
        });
        within.cloned().collect()
    }

    pub(super) fn clear(&mut self) {
        *self = Self::new(self.limit);
    }

    fn drop_oldest(&mut self) -> bool {
        let Some(partition) = self.arrivals.pop_front() else {
            return false;
        };
        if let Some(batches) = self.partitions.get_mut(&partition) {
            let dropped = batches.pop_front();
            self.bytes -= dropped.map_or(0, |batch| batch.bytes.len());
            if batches.is_empty() {
                self.partitions.remove(&partition);
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::batch::{BatchBuilder, Producer};
    use super::*;
    use tillstream_stores::Headers;

    fn batch(base: i64) -> Batch {
        let mut builder = BatchBuilder::default();
        for offset in 0..10 {
            builder.push(offset, 0, None, Some(&[0; 100]), &Headers::default());
        }
        let mut sealed = builder.seal().expect("there are records");
        sealed.place(base, Producer::default());
        Batch { header: *sealed.header(), bytes: sealed.into_bytes().into() }
    }

    #[test]
    fn keeps_the_newest_within_its_bound() {
        let place = |partition| PartitionKey { topic: 0, partition };
        let size = batch(0).bytes.len();
        let mut recent = RecentBatches::new(3 * size);
        for base in [0, 10, 20, 30] {
            recent.add(place(0), batch(base));
        }
        let bases = |found: Vec<Batch>| found.iter().map(|batch| batch.header.base_offset).collect::<Vec<_>>();
        assert!(recent.from(place(0), 9, i64::MAX, usize::MAX).is_empty(), "it was dropped");
        assert_eq!(bases(recent.from(place(0), 15, i64::MAX, usize::MAX)), [10, 20, 30]);
        assert_eq!(bases(recent.from(place(0), 15, i64::MAX, 1)), [10]);
        assert_eq!(bases(recent.from(place(0), 20, i64::MAX, size + 1)), [20, 30]);
        assert!(recent.from(place(0), 40, i64::MAX, usize::MAX).is_empty());
        assert!(recent.from(place(1), 0, i64::MAX, usize::MAX).is_empty());
        assert_eq!(bases(recent.from(place(0), 15, 30, usize::MAX)), [10, 20], "what is not published yet is not seen");
        recent.add(place(1), batch(0));
        assert!(recent.from(place(0), 10, i64::MAX, usize::MAX).is_empty());
        assert_eq!(recent.bytes, 3 * size);
    }
}
