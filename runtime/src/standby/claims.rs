//! Who of this instance has a task's state directory open: a stream thread that runs it, or the standby thread. Stream
//! threads go first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::ids::TaskId;

/// The tasks of this instance that are run, and those whose state is kept warm.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    state: Mutex<State>,
    let_go: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Tasks that stream threads run or open, with how many claim them: a task may be closed in one thread after it was
    /// granted to another.
    run: BTreeMap<TaskId, usize>,
    /// Tasks whose state the standby thread has open.
    kept: BTreeSet<TaskId>,
}

impl Claims {
    /// Takes `id` for a stream thread. Waits until the standby thread has closed its state, which it does in its next turn.
    pub(crate) fn claim(self: &Arc<Self>, id: TaskId) -> Claim {
        let mut state = self.lock();
        *state.run.entry(id).or_default() += 1;
        while state.kept.contains(&id) {
            state = self.let_go.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        Claim { claims: Arc::clone(self), id }
    }

    /// Takes `id` for the standby thread, unless a stream thread has it.
    pub(crate) fn keep(self: &Arc<Self>, id: TaskId) -> Option<Kept> {
        let mut state = self.lock();
        if state.run.contains_key(&id) {
            return None;
        }
        state.kept.insert(id);
        Some(Kept { claims: Arc::clone(self), id })
    }

    /// Whether a stream thread runs or wants `id`.
    pub(super) fn is_claimed(&self, id: TaskId) -> bool {
        self.lock().run.contains_key(&id)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stream thread's hold on a task. Goes with the task, after its state.
#[derive(Debug)]
pub(crate) struct Claim {
    claims: Arc<Claims>,
    id: TaskId,
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut state = self.claims.lock();
        if let Some(claims) = state.run.get_mut(&self.id) {
            *claims -= 1;
            if *claims == 0 {
                state.run.remove(&self.id);
            }
        }
    }
}

/// The standby thread's hold on a task. Goes with the replica, after its state.
#[derive(Debug)]
pub(crate) struct Kept {
    claims: Arc<Claims>,
    id: TaskId,
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.claims.lock().kept.remove(&self.id);
        self.claims.let_go.notify_all();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    const TASK: TaskId = TaskId { sub_topology: 0, partition: 1 };

    #[test]
    fn a_claim_waits_until_the_standby_lets_go() {
        let claims = Arc::new(Claims::default());
        let kept = claims.keep(TASK).unwrap();
        let claiming = std::thread::spawn({
            let claims = Arc::clone(&claims);
            move || claims.claim(TASK)
        });
        while !claims.is_claimed(TASK) {
            std::thread::yield_now();
        }
        assert!(!claiming.is_finished());
        drop(kept);
        let claim = claiming.join().unwrap();
        assert!(claims.keep(TASK).is_none(), "a stream thread has it");
        drop(claim);
        assert!(claims.keep(TASK).is_some());
    }

    #[test]
    fn the_last_of_several_claims_frees_the_task() {
        let claims = Arc::new(Claims::default());
        let (old, new) = (claims.claim(TASK), claims.claim(TASK));
        drop(old);
        assert!(claims.keep(TASK).is_none());
        drop(new);
        assert!(claims.keep(TASK).is_some());
    }
}
