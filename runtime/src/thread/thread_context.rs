//! What all threads of an application share.

use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};

use crate::application::ApplicationState;
use crate::ids::TaskId;
use crate::log::{Join, LogError, LogWriter, Membership, TopicPartition};
use crate::metrics::EngineMetrics;
use crate::options::Options;
use crate::query::StoreQuery;
use crate::task::TaskContext;

/// What all threads of an application share.
#[derive(Debug)]
pub(crate) struct ThreadContext {
    pub(crate) tasks: TaskContext,
    /// The task each lease of the group stands for.
    pub(crate) leases: Vec<TaskId>,
    pub(crate) options: Options,
    pub(crate) query: StoreQuery,
    pub(crate) metrics: EngineMetrics,
    pub(crate) states: ThreadStates,
    pub(crate) stop: AtomicBool,
}

impl ThreadContext {
    /// Where other instances reach this one, if they do.
    pub(crate) fn advertised(&self) -> Option<&str> {
        self.options.neighbours.as_ref().map(|neighbours| neighbours.advertised.as_str())
    }

    /// A new writer for a member, once nothing is left behind by those before it.
    pub(crate) fn writer(&self, member: &dyn Membership) -> Result<Box<dyn LogWriter>, LogError> {
        let mut writer = member.writer()?;
        writer.sweep(&self.written()?)?;
        Ok(writer)
    }

    /// Every partition that threads of the application write in their transactions.
    pub(crate) fn written(&self) -> Result<Vec<TopicPartition>, LogError> {
        self.tasks.written(&self.options.dead_letter_topic)
    }

    /// How thread `index` joins the group.
    pub(crate) fn join(&self, index: usize) -> Join {
        Join {
            group: self.options.application_id.clone(),
            tasks: self.leases.len() as u32,
            thread: index,
            threads: self.states.len(),
            instance: self.options.instance.clone(),
        }
    }
}

/// Where each thread is in its life.
#[derive(Debug)]
pub(crate) struct ThreadStates(Mutex<Vec<ApplicationState>>);

impl ThreadStates {
    /// `count` threads that have nothing yet.
    pub(crate) fn new(count: usize) -> Self {
        Self(Mutex::new(vec![ApplicationState::Restoring; count]))
    }

    fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    pub(crate) fn set(&self, index: usize, state: ApplicationState) {
        if let Some(slot) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get_mut(index) {
            *slot = state;
        }
    }

    /// The least advanced state; a failure before all.
    pub(crate) fn least(&self) -> ApplicationState {
        let rank = |state: &ApplicationState| match state {
            ApplicationState::Failed(_) => 0,
            ApplicationState::Parked(_) => 1,
            ApplicationState::Restoring => 2,
            ApplicationState::Running => 3,
            ApplicationState::Stopped => 4,
        };
        let states = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        states.iter().min_by_key(|state| rank(state)).cloned().unwrap_or(ApplicationState::Stopped)
    }
}
