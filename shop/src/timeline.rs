//! What will happen later, earliest first.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use crate::ShopRecord;

/// Records waiting for their time; those of one millisecond leave in the order they came.
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    waiting: BinaryHeap<Reverse<Waiting>>,
    pushed: u64,
}

#[derive(Debug)]
struct Waiting {
    due_ms: i64,
    sequence: u64,
    record: ShopRecord,
}

impl Timeline {
    /// Keeps a record until `due_ms`.
    pub(crate) fn push(&mut self, due_ms: i64, record: ShopRecord) {
        let sequence = self.pushed;
        self.pushed += 1;
        self.waiting.push(Reverse(Waiting { due_ms, sequence, record }));
    }

    /// When the next record is due.
    pub(crate) fn next_due_ms(&self) -> Option<i64> {
        self.waiting.peek().map(|Reverse(waiting)| waiting.due_ms)
    }

    /// Takes the next record.
    pub(crate) fn pop(&mut self) -> Option<ShopRecord> {
        self.waiting.pop().map(|Reverse(waiting)| waiting.record)
    }

    /// Takes the next record if it is due before `bound_ms`.
    pub(crate) fn pop_before(&mut self, bound_ms: i64) -> Option<ShopRecord> {
        if self.next_due_ms()? < bound_ms { self.pop() } else { None }
    }
}

impl Waiting {
    fn order(&self) -> (i64, u64) {
        (self.due_ms, self.sequence)
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order().cmp(&other.order())
    }
}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.order() == other.order()
    }
}

impl Eq for Waiting {}
