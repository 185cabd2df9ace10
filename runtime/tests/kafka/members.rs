use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use tillstream_kafka_broker::Broker;
use tillstream_runtime::log::kafka::{GroupProtocol, KafkaLog, KafkaOptions};
use tillstream_runtime::log::{Lease, Log, LogError, Membership};

use super::harness::*;

/// A member, and the tasks it may work on.
struct Worker {
    membership: Box<dyn Membership>,
    tasks: BTreeSet<u32>,
    lost: usize,
}

impl Worker {
    fn join(log: &KafkaLog, group: &str, tasks: u32, instance: &str) -> Self {
        Self { membership: log.join(&member(group, tasks, instance)).unwrap(), tasks: BTreeSet::new(), lost: 0 }
    }

    /// Follows its leases; gives revoked tasks away at once.
    fn poll(&mut self) {
        for lease in self.membership.poll().unwrap() {
            match lease {
                Lease::Granted(tasks) => self.tasks.extend(tasks),
                Lease::Revoked(tasks) => {
                    tasks.iter().for_each(|task| assert!(self.tasks.remove(task)));
                    self.membership.release(&tasks).unwrap();
                }
                Lease::Lost(tasks) => {
                    tasks.iter().for_each(|task| assert!(self.tasks.remove(task)));
                    self.lost += 1;
                }
            }
        }
    }
}

/// Polls all until the tasks are shared out evenly; at no time does a task have two owners.
fn settle(workers: &mut [&mut Worker], tasks: u32) {
    let share = tasks as usize / workers.len();
    wait_until("an even share of the tasks", || {
        let mut owned = BTreeSet::new();
        for worker in workers.iter_mut() {
            worker.poll();
            worker.tasks.iter().for_each(|task| assert!(owned.insert(*task), "task {task} has two owners"));
        }
        workers.iter().all(|worker| worker.tasks.len() == share)
    });
}

fn tasks_move_between_members(log: &KafkaLog) {
    let group = unique("group");
    let mut one = Worker::join(log, &group, 4, "one");
    settle(&mut [&mut one], 4);
    let mut two = Worker::join(log, &group, 4, "two");
    settle(&mut [&mut one, &mut two], 4);
    assert_eq!((one.lost, two.lost), (0, 0));
    let leaving = Instant::now();
    drop(one);
    settle(&mut [&mut two], 4);
    assert!(leaving.elapsed() < Duration::from_secs(5), "{:?}", leaving.elapsed());
}

#[test]
fn tasks_move_between_members_of_the_classic_protocol() {
    let Some(log) = connect() else { return };
    tasks_move_between_members(&log);
}

#[test]
fn tasks_move_between_members_of_the_consumer_protocol() {
    let Some(broker) = Broker::shared() else { return };
    let options = KafkaOptions { group_protocol: GroupProtocol::Consumer, ..options(broker) };
    tasks_move_between_members(&KafkaLog::connect(options).unwrap());
}

/// One task, three members: those without it hear that they have joined, and one of them takes over when it is free.
fn a_member_without_tasks_has_joined(log: &KafkaLog) {
    let group = unique("group");
    let mut members: Vec<_> =
        ["one", "two", "three"].map(|name| (log.join(&member(&group, 1, name)).unwrap(), Vec::new())).into();
    let poll = |members: &mut Vec<(Box<dyn Membership>, Vec<Lease>)>| {
        for (member, leases) in members {
            for lease in member.poll().unwrap() {
                if let Lease::Revoked(tasks) = &lease {
                    member.release(tasks).unwrap();
                }
                leases.push(lease);
            }
        }
    };
    wait_until("all have joined", || {
        poll(&mut members);
        members.iter().all(|(_, leases)| !leases.is_empty())
    });
    wait_until("one has the task", || {
        poll(&mut members);
        members.iter().any(|(_, leases)| leases.last() == Some(&Lease::Granted(vec![0])))
    });
    let owner = members.iter().position(|(_, leases)| leases.last() == Some(&Lease::Granted(vec![0]))).unwrap();
    drop(members.remove(owner));
    wait_until("another has the task", || {
        poll(&mut members);
        members.iter().any(|(_, leases)| leases.last() == Some(&Lease::Granted(vec![0])))
    });
}

#[test]
fn a_member_without_tasks_has_joined_by_the_classic_protocol() {
    let Some(log) = connect() else { return };
    a_member_without_tasks_has_joined(&log);
}

#[test]
fn a_member_without_tasks_has_joined_by_the_consumer_protocol() {
    let Some(broker) = Broker::shared() else { return };
    let options = KafkaOptions { group_protocol: GroupProtocol::Consumer, ..options(broker) };
    a_member_without_tasks_has_joined(&KafkaLog::connect(options).unwrap());
}

#[test]
fn a_revoked_task_stays_until_it_is_released() {
    let Some(log) = connect() else { return };
    let partition = partition(&log);
    let group = unique("group");
    let mut one = Worker::join(&log, &group, 2, "one");
    settle(&mut [&mut one], 2);
    let mut writer = one.membership.writer().unwrap();
    let mut two = Worker::join(&log, &group, 2, "two");
    let mut revoked = Vec::new();
    wait_until("a task is revoked", || {
        two.poll();
        revoked.extend(one.membership.poll().unwrap());
        !revoked.is_empty()
    });
    let [Lease::Revoked(tasks)] = &revoked[..] else { panic!("{revoked:?}") };
    assert_eq!(tasks.len(), 1);
    for _ in 0..50 {
        two.poll();
        assert_eq!(one.membership.poll().unwrap(), []);
        assert_eq!(two.tasks, BTreeSet::new());
        std::thread::park_timeout(Duration::from_millis(20));
    }
    put(&mut *writer, &partition, "the last of the old owner").unwrap();
    writer.send_offsets(&group, &[next(&partition, 1)]).unwrap();
    writer.commit().unwrap();
    one.membership.release(tasks).unwrap();
    one.tasks.remove(&tasks[0]);
    settle(&mut [&mut one, &mut two], 2);
    assert_eq!(two.tasks, tasks.iter().copied().collect());
    assert_eq!(log.committed(&group, &[partition]).unwrap(), [Some(1)]);
}

#[test]
fn a_member_that_was_not_heard_of_cannot_commit_and_joins_anew() {
    let Some(broker) = Broker::shared() else { return };
    let short = Duration::from_secs(2);
    let options = KafkaOptions { session_timeout: short, max_poll_interval: short, ..options(broker) };
    let log = KafkaLog::connect(options).unwrap();
    let partition = partition(&log);
    let group = unique("group");
    let mut stalled = Worker::join(&log, &group, 2, "stalled");
    settle(&mut [&mut stalled], 2);
    let mut zombie = stalled.membership.writer().unwrap();
    put(&mut *zombie, &partition, "of a zombie").unwrap();
    let mut other = Worker::join(&log, &group, 2, "other");
    wait_until("the other has it all", || {
        other.poll();
        other.tasks.len() == 2
    });
    zombie.send_offsets(&group, &[next(&partition, 1)]).unwrap();
    let error = zombie.commit().unwrap_err();
    assert!(matches!(error, LogError::Fenced { .. }), "{error}");
    assert_eq!(log.committed(&group, std::slice::from_ref(&partition)).unwrap(), [None]);
    assert_eq!(read(&log, &partition).len(), 0);
    settle(&mut [&mut stalled, &mut other], 2);
    assert_eq!((stalled.lost, other.lost), (1, 0));
    let mut writer = stalled.membership.writer().unwrap();
    writer.send_offsets(&group, &[next(&partition, 2)]).unwrap();
    writer.commit().unwrap();
    assert_eq!(log.committed(&group, &[partition]).unwrap(), [Some(2)]);
}

#[test]
fn a_static_member_keeps_its_tasks_over_a_restart_and_fences_its_double() {
    let Some(broker) = Broker::shared() else { return };
    let options = KafkaOptions { static_membership: true, ..options(broker) };
    let log = KafkaLog::connect(options).unwrap();
    let group = unique("group");
    let mut one = Worker::join(&log, &group, 4, "one");
    let mut two = Worker::join(&log, &group, 4, "two");
    settle(&mut [&mut one, &mut two], 4);
    let tasks = one.tasks.clone();
    drop(one);
    let mut again = Worker::join(&log, &group, 4, "one");
    wait_until("the tasks come back", || {
        two.poll();
        again.poll();
        again.tasks == tasks
    });
    let mut double = Worker::join(&log, &group, 4, "one");
    let mut fenced = None;
    wait_until("the older of two with one name is fenced", || {
        two.poll();
        double.poll();
        fenced = again.membership.poll().err();
        fenced.is_some()
    });
    assert!(matches!(fenced, Some(LogError::Fenced { .. })), "{fenced:?}");
    assert_eq!(two.lost, 0);
}

/// A static member falls after it was told to give a task away and before it has done so, and is back at once: the group takes it back
/// without a rebalance, with the tasks it was to keep.
#[test]
fn a_task_that_was_given_away_by_a_static_member_that_fell_finds_an_owner() {
    let Some(broker) = Broker::shared() else { return };
    let options = KafkaOptions { static_membership: true, ..options(broker) };
    let log = KafkaLog::connect(options).unwrap();
    let group = unique("group");
    let mut one = Worker::join(&log, &group, 4, "one");
    settle(&mut [&mut one], 4);
    let mut two = Worker::join(&log, &group, 4, "two");
    let mut leases = Vec::new();
    wait_until("two tasks are revoked", || {
        two.poll();
        leases.extend(one.membership.poll().unwrap());
        !leases.is_empty()
    });
    assert!(matches!(&leases[..], [Lease::Revoked(tasks)] if tasks.len() == 2), "{leases:?}");
    // It neither gives tasks back nor leaves.
    std::mem::forget(one);
    let mut again = Worker::join(&log, &group, 4, "one");
    settle(&mut [&mut again, &mut two], 4);
}
