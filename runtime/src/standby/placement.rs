//! Which instance keeps which standby: rendezvous hashing, so that an instance that comes or goes moves only the standbys
//! it has to.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::ids::TaskId;
use crate::partitioner::murmur2;

/// The instances that keep a standby of `task`, the first choice first: `replicas` of those that do not run it.
pub(crate) fn keepers<'a>(
    task: TaskId,
    owner: &str,
    instances: &'a BTreeSet<Arc<str>>,
    replicas: usize,
) -> Vec<&'a Arc<str>> {
    let mut others: Vec<&Arc<str>> = instances.iter().filter(|name| ***name != *owner).collect();
    others.sort_by_key(|name| (Reverse(weight(task, name)), *name));
    others.truncate(replicas);
    others
}

/// How much `instance` is drawn to `task`.
fn weight(task: TaskId, instance: &str) -> u32 {
    murmur2(format!("{task} {instance}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instances(count: usize) -> BTreeSet<Arc<str>> {
        (0..count).map(|n| format!("till-{n}:8080").into()).collect()
    }

    fn tasks() -> impl Iterator<Item = TaskId> {
        (0..4).flat_map(|sub_topology| (0..16).map(move |partition| TaskId { sub_topology, partition }))
    }

    #[test]
    fn the_owner_keeps_none_and_the_others_share() {
        let four = instances(4);
        let mut shares = [0; 4];
        for task in tasks() {
            let kept = keepers(task, "till-3:8080", &four, 1);
            assert_eq!(kept.len(), 1);
            let place = four.iter().position(|name| name == kept[0]);
            shares[place.unwrap_or_default()] += 1;
        }
        assert_eq!((shares.iter().sum::<i32>(), shares[3]), (64, 0));
        assert!(shares[..3].iter().all(|share| *share >= 12), "{shares:?}");
    }

    #[test]
    fn one_instance_more_takes_only_its_own_share() {
        let (four, five) = (instances(4), instances(5));
        for task in tasks() {
            let (before, after) = (keepers(task, "till-0:8080", &four, 1), keepers(task, "till-0:8080", &five, 1));
            assert!(before == after || **after[0] == *"till-4:8080", "{task}: {before:?}, then {after:?}");
        }
    }

    #[test]
    fn there_are_no_more_standbys_than_other_instances() {
        let task = TaskId { sub_topology: 0, partition: 0 };
        assert_eq!(keepers(task, "till-0:8080", &instances(3), 9).len(), 2);
        assert_eq!(keepers(task, "till-0:8080", &instances(1), 1).len(), 0);
        assert_eq!(keepers(task, "till-0:8080", &instances(3), 0).len(), 0);
    }
}
