//! Rows collected to come into a table as one sorted file.

use std::fmt;
use std::sync::atomic::Ordering;

use super::Resources;

/// A run is as long as a memtable is large: fewer files, and less to merge later.
const FULL: usize = 16 << 20;
/// Runs are at least this long, however many grow at once.
const SHORT: usize = 1 << 20;
/// What one row takes beside its bytes, its place in the order too.
const ROW: usize = size_of::<Row>() + size_of::<Ranked>();
/// Length of a value that is none: the row is deleted.
const DELETED: u32 = u32::MAX;

/// Rows in the order they came; of one key the last one counts.
///
/// Made for a table that is filled anew ([`Database::ingest`](super::Database::ingest)): rows that are sorted here need no
/// write-ahead log, no memtable and no merging.
pub struct Run {
    bytes: Vec<u8>,
    rows: Vec<Row>,
    held: Held,
}

/// A key and, right behind it, its value.
struct Row {
    start: usize,
    key: u32,
    value: u32,
}

/// The first bytes in which keys differ, and which row they belong to.
type Ranked = (u64, u32);

/// Bytes of the process's budget that are given back in the end.
struct Held {
    resources: Resources,
    bytes: usize,
}

impl Run {
    /// An empty run that draws on the budget of `resources`.
    #[must_use]
    pub fn new(resources: &Resources) -> Self {
        let held = Held { resources: resources.clone(), bytes: 0 };
        Self { bytes: Vec::new(), rows: Vec::new(), held }
    }

    /// Sets `key` to `value`; `None` deletes. Neither is longer than 4 GiB.
    pub fn push(&mut self, key: &[u8], value: Option<&[u8]>) {
        let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(DELETED);
        self.rows.push(Row { start: self.bytes.len(), key: length(key), value: value.map_or(DELETED, length) });
        self.bytes.extend_from_slice(key);
        self.bytes.extend_from_slice(value.unwrap_or_default());
        self.held.add(key.len() + value.map_or(0, <[u8]>::len) + ROW);
    }

    /// Whether nothing was pushed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether it is time to write it: it is long, or all runs of the process are longer together than its budget allows for
    /// rows in memory.
    #[must_use]
    pub fn is_due(&self) -> bool {
        self.held.bytes >= FULL || (self.held.bytes >= SHORT && self.held.resources.has_too_long_runs())
    }

    /// Visits the last row of each key in the order of the keys.
    pub(super) fn visit<E>(&self, mut visit: impl FnMut(&[u8], Option<&[u8]>) -> Result<(), E>) -> Result<(), E> {
        let order = self.order();
        let mut rows = order.iter().filter_map(|(_, index)| self.row(*index)).peekable();
        while let Some((key, value)) = rows.next() {
            if rows.peek().is_none_or(|(next, _)| *next != key) {
                visit(key, value)?;
            }
        }
        Ok(())
    }

    fn row(&self, index: u32) -> Option<(&[u8], Option<&[u8]>)> {
        let row = self.rows.get(index as usize)?;
        let (key, rest) = self.bytes.get(row.start..)?.split_at_checked(row.key as usize)?;
        Some((key, if row.value == DELETED { None } else { rest.get(..row.value as usize) }))
    }

    fn key(&self, index: u32) -> &[u8] {
        self.row(index).map_or(&[], |(key, _)| key)
    }

    /// Rows by key, those of one key as they came. Nearly all comparisons are of two numbers: keys of one store begin alike,
    /// so it is the bytes behind the common beginning that tell them apart.
    fn order(&self) -> Vec<Ranked> {
        let count = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        let first = self.key(0);
        let alike = (1..count).fold(first.len(), |alike, index| alike.min(common(self.key(index), first)));
        let mut order: Vec<Ranked> =
            (0..count).map(|index| (rank(self.key(index).get(alike..).unwrap_or_default()), index)).collect();
        order.sort_unstable_by(|(rank, index), (other_rank, other)| {
            let exact = || self.key(*index).cmp(self.key(*other));
            rank.cmp(other_rank).then_with(exact).then(index.cmp(other))
        });
        order
    }
}

/// Length of the common beginning.
fn common(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

/// The first eight bytes as a number that sorts as they do.
fn rank(bytes: &[u8]) -> u64 {
    let mut first = [0; 8];
    first.iter_mut().zip(bytes).for_each(|(first, byte)| *first = *byte);
    u64::from_be_bytes(first)
}

impl Held {
    fn add(&mut self, bytes: usize) {
        self.bytes += bytes;
        self.resources.run_bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.resources.run_bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("rows", &self.rows.len()).field("bytes", &self.bytes.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Keys from two letters, the lowest byte one of them, so that beginnings are common and some keys are beginnings of others.
        #[test]
        fn rows_come_in_the_order_of_their_keys(
            rows in prop::collection::vec(
                (prop::collection::vec(prop::sample::select(vec![0_u8, b'a']), 0..14), any::<Option<u8>>()), 0..200
            )
        ) {
            let mut run = Run::new(&Resources::default());
            let mut expected = BTreeMap::new();
            for (key, value) in rows {
                let value = value.map(|value| vec![value; usize::from(value) % 3]);
                run.push(&key, value.as_deref());
                expected.insert(key, value);
            }
            let mut visited = Vec::new();
            let all = run.visit(|key, value| {
                visited.push((key.to_vec(), value.map(<[u8]>::to_vec)));
                Ok::<_, ()>(())
            });
            prop_assert_eq!(all, Ok(()));
            prop_assert_eq!(visited, expected.into_iter().collect::<Vec<_>>());
        }
    }
}
