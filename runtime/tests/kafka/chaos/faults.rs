//! Whether the faults have landed: a run in which nothing happened proves nothing.

use std::collections::BTreeSet;

use super::claims::Claim;
use super::plan::Fault;

/// Every fault leaves its trace among the owners of the tasks, and their turns do not alternate as two owners' would.
pub(crate) fn judge(faults: &[Fault], tasks: &[Vec<Claim>]) {
    let count = |wanted: fn(&Fault) -> bool| faults.iter().filter(|fault| wanted(fault)).count();
    let restarts = count(|fault| matches!(fault, Fault::Kill { .. } | Fault::Stop { .. }));
    let freezes = count(|fault| matches!(fault, Fault::Freeze { .. }));
    let outages = count(|fault| {
        matches!(fault, Fault::RestartBroker { .. } | Fault::KillBroker { .. } | Fault::FreezeBroker { .. })
    });
    assert!(restarts >= 3 && freezes >= 1 && outages >= 2, "the run is void: {faults:?}");

    let processes: BTreeSet<&str> = tasks.iter().flatten().map(|claim| claim.owner.as_str()).collect();
    assert!(processes.len() > restarts, "of {restarts} restarted processes only {processes:?} had tasks");
    let turns: Vec<usize> = tasks.iter().map(|claims| turns(claims)).collect();
    eprintln!("{restarts} restarts, {freezes} freezes, {outages} outages; owners one after another by task: {turns:?}");
    // A fault takes a task away and its end brings it back, by way of the other at most.
    let most = 4 * (faults.len() + 1);
    assert!(turns.iter().all(|turns| *turns <= most), "owners alternate: {turns:?}");
    assert!(turns.iter().sum::<usize>() > tasks.len() + restarts, "tasks did not move: {turns:?}");
}

/// How many owners a task had, one after another.
fn turns(claims: &[Claim]) -> usize {
    claims.chunk_by(|one, next| one.owner == next.owner).count()
}
