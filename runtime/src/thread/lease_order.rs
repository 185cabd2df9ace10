//! Which task each lease of the group stands for.

use crate::ids::TaskId;

/// The tasks by the number of their lease.
///
/// A group deals leases out one by one in turn, or takes a run of them from a member for another. Either way each member should
/// get its share of every sub-topology, because one may have most of the work. So the partitions follow each other, each with
/// its sub-topologies in turn, and after every second partition another one is the first.
pub(crate) fn lease_order(tasks: &[TaskId]) -> Vec<TaskId> {
    let sub_topologies = tasks.iter().map(|task| task.sub_topology + 1).max().unwrap_or(1);
    let turn = |task: &TaskId| (task.sub_topology + task.partition as usize / 2) % sub_topologies;
    let mut order = tasks.to_vec();
    order.sort_by_key(|task| (task.partition, turn(task)));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many tasks more than its share of a sub-topology the worst-off member has.
    fn worst(order: &[TaskId], sub_topologies: usize, partitions: u32, members: usize) -> usize {
        let dealt = (0..members).map(|member| order.iter().copied().skip(member).step_by(members).collect());
        let runs = order.chunks(order.len().div_ceil(members)).map(<[TaskId]>::to_vec);
        let held: Vec<Vec<TaskId>> = dealt.chain(runs).collect();
        let of = |held: &[TaskId], sub| held.iter().filter(|task| task.sub_topology == sub).count();
        let most = |sub| held.iter().map(|held| of(held, sub)).max().unwrap_or_default();
        (0..sub_topologies)
            .map(|sub| most(sub).saturating_sub((partitions as usize).div_ceil(members)))
            .max()
            .unwrap_or(0)
    }

    #[test]
    fn every_member_gets_its_share_of_every_sub_topology() {
        for sub_topologies in 1..8 {
            for (partitions, members) in [(2, 2), (4, 2), (4, 3), (6, 2), (8, 2), (8, 3), (12, 3), (12, 4), (16, 4)] {
                let tasks: Vec<TaskId> = (0..sub_topologies)
                    .flat_map(|sub_topology| (0..partitions).map(move |partition| TaskId { sub_topology, partition }))
                    .collect();
                let order = lease_order(&tasks);
                let more = worst(&order, sub_topologies, partitions, members);
                assert!(more <= 2, "{sub_topologies} × {partitions} on {members}: {more} more than its share");
                let mut same = order;
                same.sort_unstable();
                assert_eq!(same, tasks);
            }
        }
    }
}
