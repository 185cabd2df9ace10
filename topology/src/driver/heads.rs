//! Which waiting record is next.

use crate::processor::RawRecord;

/// Inputs with a waiting record, by its time: a binary heap that breaks ties as Java's `PriorityQueue` does, so that a test
/// sees the order Kafka Streams' test driver shows. With two inputs ties go to the one that waits longer.
#[derive(Debug, Default)]
pub(super) struct Heads {
    heap: Vec<Head>,
}

/// An input, its first waiting record and that record's event time.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) input: usize,
    pub(super) timestamp: i64,
    pub(super) raw: RawRecord,
}

impl Heads {
    pub(super) fn contains(&self, input: usize) -> bool {
        self.heap.iter().any(|head| head.input == input)
    }

    pub(super) fn push(&mut self, head: Head) {
        self.heap.push(head);
        let mut place = self.heap.len() - 1;
        while place > 0 {
            let parent = (place - 1) / 2;
            if self.time(parent) <= self.time(place) {
                break;
            }
            self.heap.swap(parent, place);
            place = parent;
        }
    }

    pub(super) fn pop(&mut self) -> Option<Head> {
        if self.heap.is_empty() {
            return None;
        }
        let first = self.heap.swap_remove(0);
        let mut place = 0;
        loop {
            let (left, right) = (2 * place + 1, 2 * place + 2);
            let smaller = if self.time(right) < self.time(left) { right } else { left };
            if self.time(smaller) >= self.time(place) {
                return Some(first);
            }
            self.heap.swap(smaller, place);
            place = smaller;
        }
    }

    /// Time at a place of the heap; behind its end nothing comes.
    fn time(&self, place: usize) -> i64 {
        self.heap.get(place).map_or(i64::MAX, |head| head.timestamp)
    }
}

#[cfg(test)]
mod tests {
    use tillstream_stores::Headers;

    use super::*;

    fn head(input: usize, timestamp: i64) -> Head {
        let raw = RawRecord { offset: 0, timestamp, key: None, value: None, headers: Headers::new() };
        Head { input, timestamp, raw }
    }

    fn order(times: &[i64]) -> Vec<usize> {
        let mut heads = Heads::default();
        times.iter().enumerate().for_each(|(input, timestamp)| heads.push(head(input, *timestamp)));
        std::iter::from_fn(|| heads.pop()).map(|head| head.input).collect()
    }

    #[test]
    fn the_earliest_is_first() {
        assert_eq!(order(&[5, 3, 9, 1]), [3, 1, 0, 2]);
    }

    #[test]
    fn ties_are_broken_as_java_breaks_them() {
        assert_eq!(order(&[5, 5]), [0, 1]);
        assert_eq!(order(&[5, 5, 5]), [0, 2, 1]);
    }
}
