//! Query processes, some of them at hand.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;

use super::governor::Governor;
use super::lane::Lane;
use super::outcome::Outcome;
use super::process::Process;
use super::scans::Feed;
use crate::error::SqlError;
use crate::job::Job;
use crate::limits::Limits;
use crate::tables::About;

/// A query that reads no table.
const WARM_UP: &str = "SELECT 1 AS one";

/// All its events.
const WARM_UP_EVENTS: usize = 8;

/// Starts query processes, and keeps those that have no work.
#[derive(Debug)]
pub(super) struct Processes {
    program: PathBuf,
    arguments: Vec<String>,
    tables: Vec<About>,
    limits: Limits,
    feed: Feed,
    governor: Arc<Governor>,
    /// Those that wait for work. std's lock: it is held for a push or a pop.
    idle: Mutex<Vec<Process>>,
}

impl Processes {
    pub(super) fn new(
        program: PathBuf,
        arguments: Vec<String>,
        tables: Vec<About>,
        feed: Feed,
        limits: Limits,
    ) -> Arc<Self> {
        let governor = Arc::new(Governor::new(&limits));
        Arc::new(Self { program, arguments, tables, limits, feed, governor, idle: Mutex::default() })
    }

    /// Where they get their rows.
    pub(super) fn feed(&self) -> &Feed {
        &self.feed
    }

    /// What holds back those that take long.
    pub(super) fn governor(&self) -> &Arc<Governor> {
        &self.governor
    }

    /// A process that waits for work, or a new one. Whoever comes next finds one at hand.
    pub(super) async fn take(self: &Arc<Self>) -> Result<Process, SqlError> {
        let found =
            std::iter::from_fn(|| self.idle().pop()).find_map(|mut process| process.is_alive().then_some(process));
        if self.idle().is_empty() {
            tokio::spawn(Arc::clone(self).replace());
        }
        match found {
            Some(process) => Ok(process),
            None => self.start().await,
        }
    }

    /// Keeps a process for the next query, unless enough are at hand.
    pub(super) fn keep(&self, process: Process) {
        let mut idle = self.idle();
        // One more than are taken at the same time, so that there is always one left.
        if idle.len() <= self.limits.quick_queries {
            idle.push(process);
        }
    }

    /// Has a process at hand in the place of one that was ended: whoever asks next does not wait until it has started.
    pub(super) async fn replace(self: Arc<Self>) {
        if let Ok(process) = self.start().await {
            self.keep(process);
        }
    }

    /// Ends those that have no work: processes are killed with their handles.
    pub(super) fn clear(&self) {
        self.idle().clear();
    }

    /// A process that is ready: how long it takes to start is not held against the query that it is for.
    async fn start(&self) -> Result<Process, SqlError> {
        let mut process =
            Process::start(&self.program, &self.arguments, &self.tables, &self.governor, &self.limits).await?;
        self.warm_up(&mut process).await?;
        Ok(process)
    }

    /// Has it run a query of no weight, so that the next finds everything in its place.
    async fn warm_up(&self, process: &mut Process) -> Result<(), SqlError> {
        let (sender, _events) = mpsc::channel(WARM_UP_EVENTS);
        let job = Job { query: WARM_UP.to_owned(), ..Job::default() };
        let at_leisure = Limits { quick_time: self.limits.time_limit, ..self.limits.clone() };
        match process.drive(job, &sender, &self.feed, &mut Lane::of_nobody(), &at_leisure).await {
            Outcome::Answered => Ok(()),
            outcome => Err(SqlError::internal("a query process does not answer", &format!("{outcome:?}"))),
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Process>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
