//! Tasks that no member owns and that nobody is going to be given.
//!
//! A static member that comes back is given what it was given last, without a rebalance (KIP-345). If it fell between the two rounds
//! of a cooperative rebalance (KIP-429), that leaves out the tasks it was about to give away: it has none of them to give, and the
//! second round, in which others get them, never comes.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use bytes::Buf;
use rdkafka::groups::GroupInfo;

/// What a member that has joined has seen of tasks without an owner. Between the rounds of a rebalance there are some; those that stay
/// are orphans.
#[derive(Debug)]
pub(super) struct Orphans {
    /// Longer than a rebalance takes.
    patience: Duration,
    look_at: Option<Instant>,
    unowned: BTreeSet<u32>,
}

impl Orphans {
    /// Looks twice, each after `patience`, and not again once all tasks have owners.
    pub(super) fn new(now: Instant, patience: Duration) -> Self {
        Self { patience, look_at: Some(now + patience), unowned: BTreeSet::new() }
    }

    /// Whether it is time to look.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.look_at.is_some_and(|at| now >= at)
    }

    /// Notes what was seen, `None` where nothing can be told; answers the orphans, once.
    pub(super) fn saw(&mut self, now: Instant, unowned: Option<BTreeSet<u32>>) -> BTreeSet<u32> {
        let all_owned = unowned.as_ref().is_some_and(BTreeSet::is_empty);
        let unowned = unowned.unwrap_or_default();
        let orphans: BTreeSet<u32> = unowned.intersection(&self.unowned).copied().collect();
        self.look_at = (!all_owned && orphans.is_empty()).then(|| now + self.patience);
        self.unowned = unowned;
        orphans
    }
}

/// The tasks of `all` that nobody in the group owns; `None` while it rebalances, or when its assignment cannot be read.
pub(super) fn unowned(group: &GroupInfo, tasks_topic: &str, all: u32) -> Option<BTreeSet<u32>> {
    if group.state() != "Stable" {
        return None;
    }
    let mut unowned: BTreeSet<u32> = (0..all).collect();
    for member in group.members() {
        for task in assigned(member.assignment().unwrap_or_default(), tasks_topic)? {
            unowned.remove(&task);
        }
    }
    Some(unowned)
}

/// The partitions of `topic` in an assignment of the consumer protocol (`ConsumerProtocolAssignment.json`); none in an empty one.
fn assigned(mut bytes: &[u8], topic: &str) -> Option<Vec<u32>> {
    let mut tasks = Vec::new();
    if bytes.is_empty() {
        return Some(tasks);
    }
    bytes.try_get_i16().ok()?;
    for _ in 0..bytes.try_get_i32().ok()? {
        let length = usize::try_from(bytes.try_get_i16().ok()?).ok()?;
        let (name, rest) = bytes.split_at_checked(length)?;
        bytes = rest;
        for _ in 0..bytes.try_get_i32().ok()? {
            let task = u32::try_from(bytes.try_get_i32().ok()?).ok()?;
            if name == topic.as_bytes() {
                tasks.push(task);
            }
        }
    }
    Some(tasks)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn only_tasks_that_stay_without_an_owner_are_orphans() {
        let (start, second) = (Instant::now(), Duration::from_secs(1));
        let mut orphans = Orphans::new(start, second);
        assert!(!orphans.is_due(start));
        assert!(orphans.is_due(start + second));
        assert_eq!(orphans.saw(start + second, Some([0, 3].into())), [].into());
        assert!(!orphans.is_due(start + second));
        // A rebalance in between: what was seen before it says nothing.
        assert_eq!(orphans.saw(start + 2 * second, None), [].into());
        assert_eq!(orphans.saw(start + 3 * second, Some([1, 3].into())), [].into());
        assert_eq!(orphans.saw(start + 4 * second, Some([3].into())), [3].into());
        assert!(!orphans.is_due(start + 9 * second));
    }

    #[test]
    fn one_look_is_enough_where_all_have_owners() {
        let mut orphans = Orphans::new(Instant::now(), Duration::ZERO);
        assert_eq!(orphans.saw(Instant::now(), Some([].into())), [].into());
        assert!(!orphans.is_due(Instant::now() + Duration::from_secs(9)));
    }

    #[test]
    fn assignments_are_read_and_junk_is_refused() {
        let bytes =
            b"\0\x01\0\0\0\x02\0\x01a\0\0\0\x01\0\0\0\x07\0\x07a-tasks\0\0\0\x02\0\0\0\0\0\0\0\x03\xff\xff\xff\xff";
        assert_eq!(assigned(bytes, "a-tasks"), Some(vec![0, 3]));
        assert_eq!(assigned(bytes, "b-tasks"), Some(vec![]));
        assert_eq!(assigned(b"", "a-tasks"), Some(vec![]));
        for cut in 1..bytes.len() - 4 {
            assert_eq!(assigned(&bytes[..cut], "a-tasks"), None, "{cut}");
        }
    }
}
