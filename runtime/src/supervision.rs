//! Keeps the threads of an application going.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::application::ApplicationState;
use crate::error::Error;
use crate::ids::TaskId;
use crate::standby::StandbyThread;
use crate::thread::{Namesakes, StreamThread, ThreadContext};

/// Runs a thread until the application stops; where waiting or joining again helps, it does that.
pub(crate) fn supervise(index: usize, context: &Arc<ThreadContext>) {
    let mut namesakes = Namesakes::default();
    while !context.stop.load(Ordering::Relaxed) {
        // Nothing of the thread is used after a panic: its state is as of its last commit.
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            StreamThread::join(index, context).and_then(|mut thread| {
                let outcome = thread.run();
                thread.close();
                outcome
            })
        }));
        match outcome.unwrap_or(Err(Error::Panic)) {
            Ok(()) => break,
            Err(error) if error.is_retriable() => {
                tracing::warn!(thread = index, %error, "parked");
                context.states.set(index, ApplicationState::Parked(error.to_string()));
                std::thread::park_timeout(Duration::from_millis(context.options.retry_ms));
            }
            Err(Error::Damaged { task, reason }) if context.tasks.set_aside(task, &reason).is_ok() => {
                context.states.set(index, ApplicationState::Restoring);
            }
            Err(error) if error.is_overtaken() => {
                tracing::warn!(thread = index, %error, "overtaken; joining the group again");
                context.states.set(index, ApplicationState::Restoring);
            }
            Err(error @ Error::NameTaken { .. }) if !namesakes.put_out(context.tasks.clock.now_ms()) => {
                tracing::warn!(thread = index, %error, "put out of the group by name; joining again");
                context.states.set(index, ApplicationState::Restoring);
                std::thread::park_timeout(Duration::from_millis(context.options.retry_ms));
            }
            Err(error) => {
                tracing::error!(thread = index, %error, "stream thread failed");
                context.states.set(index, ApplicationState::Failed(error.to_string()));
                context.stop.store(true, Ordering::Relaxed);
                return;
            }
        }
    }
    context.states.set(index, ApplicationState::Stopped);
}

/// Keeps standbys until the application stops. What goes wrong with them stops nothing else.
pub(crate) fn keep_standbys(context: &Arc<ThreadContext>, me: &Arc<str>) {
    while !context.stop.load(Ordering::Relaxed) {
        let outcome = StandbyThread::open(Arc::clone(context), Arc::clone(me)).and_then(|mut thread| thread.run());
        match outcome {
            Ok(()) => return,
            Err(Error::Damaged { task, reason }) => set_standby_aside(context, task, &reason),
            Err(error) => {
                tracing::warn!(%error, "standbys cannot be kept; it is tried again");
                std::thread::park_timeout(Duration::from_millis(context.options.retry_ms));
            }
        }
    }
}

/// Puts the damaged state of a standby aside, unless a stream thread has taken it over meanwhile and will find out itself.
fn set_standby_aside(context: &ThreadContext, task: TaskId, reason: &str) {
    if let Some(_kept) = context.tasks.claims.keep(task)
        && let Err(error) = context.tasks.set_aside(task, reason)
    {
        tracing::warn!(%task, %error, "the damaged state of a standby cannot be set aside");
    }
}
