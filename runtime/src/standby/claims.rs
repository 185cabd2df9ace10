//! Who of this instance has a task's state directory open: a stream thread that runs it, or the standby thread. Stream
//! threads go first.

use std::collections::BTreeSet;
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
    /// Tasks that stream threads run or open.
    run: BTreeSet<TaskId>,
    /// Tasks whose state the standby thread has open.
    kept: BTreeSet<TaskId>,
}

impl Claims {
    /// Takes `id` for a stream thread, unless another has it still: a thread may learn that it has lost a task after that was
    /// granted to its neighbour. Waits until the standby thread has closed its state, which it does in its next turn.
    pub(crate) fn claim(self: &Arc<Self>, id: TaskId) -> Option<Claim> {
        let mut state = self.lock();
        if !state.run.insert(id) {
            return None;
        }
        while state.kept.contains(&id) {
            state = self.let_go.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        Some(Claim { claims: Arc::clone(self), id })
    }

    /// Takes `id` for the standby thread, unless a stream thread has it.
    pub(crate) fn keep(self: &Arc<Self>, id: TaskId) -> Option<Kept> {
        let mut state = self.lock();
        if state.run.contains(&id) {
            return None;
        }
        state.kept.insert(id);
        Some(Kept { claims: Arc::clone(self), id })
    }

    /// Whether a stream thread runs or wants `id`.
    pub(crate) fn is_claimed(&self, id: TaskId) -> bool {
        self.lock().run.contains(&id)
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

impl Claim {
    /// What it is a hold on.
    pub(crate) fn id(&self) -> TaskId {
        self.id
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.claims.lock().run.remove(&self.id);
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
        let claim = claiming.join().unwrap().unwrap();
        assert!(claims.keep(TASK).is_none(), "a stream thread has it");
        drop(claim);
        assert!(claims.keep(TASK).is_some());
    }

    #[test]
    fn a_second_stream_thread_gets_a_task_when_the_first_has_let_go() {
        let claims = Arc::new(Claims::default());
        let first = claims.claim(TASK).unwrap();
        assert!(claims.claim(TASK).is_none());
        drop(first);
        assert!(claims.claim(TASK).is_some());
    }
}
