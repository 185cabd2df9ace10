//! Places for queries: many for young ones, few for those that take longer, and a queue for each.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{Instant, sleep_until, timeout};

use super::lane::Lane;
use super::penalty::Penalties;
use super::process::{Outcome, Process};
use super::scans::Feed;
use crate::engine::Source;
use crate::error::SqlError;
use crate::job::{Event, Job};
use crate::limits::Limits;
use crate::scanner::be_nice;
use crate::service::{Reply, too_many};
use crate::tables::About;

/// Events of an answer that wait for whoever takes them.
const EVENTS: usize = 4;

/// How long whoever asked may take to hear that the query failed.
const TELLING: Duration = Duration::from_millis(500);

/// Query processes and the places in which they work.
#[derive(Debug)]
pub(crate) struct Pool {
    shared: Arc<Shared>,
    /// The one that talks to processes, and the one that packs rows for them; `Some` until it is dropped.
    runtimes: Option<[Runtime; 2]>,
}

#[derive(Debug)]
struct Shared {
    program: PathBuf,
    arguments: Vec<String>,
    tables: Vec<About>,
    limits: Limits,
    feed: Feed,
    quick: Arc<Semaphore>,
    slow: Arc<Semaphore>,
    /// Queries that run or wait.
    taken: Arc<Semaphore>,
    penalties: Penalties,
    /// Processes that wait for work. std's lock: it is held for a push or a pop.
    idle: Mutex<Vec<Process>>,
}

/// A query failed, and when to say so.
#[derive(Debug)]
struct Failure {
    error: SqlError,
    due: Instant,
}

impl From<SqlError> for Failure {
    fn from(error: SqlError) -> Self {
        Self { error, due: Instant::now() }
    }
}

impl Pool {
    /// A pool that runs `program` with `arguments` for its processes.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub(crate) fn new(
        tables: Vec<About>,
        source: Arc<dyn Source>,
        limits: Limits,
        program: PathBuf,
        arguments: Vec<String>,
    ) -> Result<Self, SqlError> {
        let niceness = limits.niceness;
        let failed = |error| SqlError::internal("the threads of SQL cannot be started", &error);
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("sql-pool")
            .enable_all()
            .build()
            .map_err(failed)?;
        let packing = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("sql-pack")
            .on_thread_start(move || be_nice(niceness))
            .build()
            .map_err(failed)?;
        let shared = Arc::new(Shared {
            program,
            arguments,
            tables,
            feed: Feed { source, packing: packing.handle().clone() },
            quick: Arc::new(Semaphore::new(limits.quick_queries)),
            slow: Arc::new(Semaphore::new(limits.slow_queries)),
            taken: Arc::new(Semaphore::new(limits.quick_queries + limits.slow_queries + limits.queue)),
            penalties: Penalties::new(&limits),
            idle: Mutex::default(),
            limits,
        });
        runtime.spawn(Arc::clone(&shared).replace());
        Ok(Self { shared, runtimes: Some([runtime, packing]) })
    }

    /// Begins a query.
    pub(crate) fn run(&self, job: Job) -> Result<Reply, SqlError> {
        let taken = Arc::clone(&self.shared.taken).try_acquire_owned().map_err(|_| too_many())?;
        let (sender, events) = mpsc::channel(EVENTS);
        let shared = Arc::clone(&self.shared);
        if let Some([runtime, _]) = &self.runtimes {
            runtime.spawn(async move {
                let Err(failure) = shared.answer(job, &sender).await else { return };
                // Who waits to be told takes no place from others.
                drop(taken);
                tokio::select! {
                    () = sleep_until(failure.due) => {}
                    () = sender.closed() => return,
                }
                // Whoever does not take what comes learns it from the end of the channel.
                let _ = timeout(TELLING, sender.send(Event::Failed(failure.error))).await;
            });
        }
        Ok(Reply::new(events))
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        // Processes are killed with their handles.
        self.shared.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.runtimes.take().into_iter().flatten().for_each(Runtime::shutdown_background);
    }
}

impl Shared {
    /// Runs a query in a place for young ones; if it takes longer and all places for such are taken, once more when one is free.
    async fn answer(self: &Arc<Self>, job: Job, events: &mpsc::Sender<Event>) -> Result<(), Failure> {
        let asked = Instant::now();
        let Some(place) = wait(&self.quick, self.limits.queue_time, events).await? else { return Ok(()) };
        let mut lane = Lane::quick(place, &self.slow);
        if self.drive(job.clone(), events, &mut lane, asked).await? {
            return Ok(());
        }
        // It has cost a process already.
        let due = self.penalties.take(asked, Instant::now());
        drop(lane);
        let place = wait(&self.slow, self.limits.queue_time, events).await;
        let Some(place) = place.map_err(|error| Failure { error, due })? else { return Ok(()) };
        let mut lane = Lane::slow(place, &self.slow);
        self.drive(job, events, &mut lane, asked).await?;
        Ok(())
    }

    /// Runs a query in a process; answers whether that was it, or it is to be begun anew.
    async fn drive(
        self: &Arc<Self>,
        job: Job,
        events: &mpsc::Sender<Event>,
        lane: &mut Lane,
        asked: Instant,
    ) -> Result<bool, Failure> {
        let mut process = self.process().await?;
        let outcome = process.drive(job, events, &self.feed, lane, &self.limits).await;
        if matches!(outcome, Outcome::Answered) {
            self.keep(process);
            return Ok(true);
        }
        process.kill();
        tokio::spawn(Arc::clone(self).replace());
        match outcome {
            Outcome::Answered | Outcome::AnsweredLate => Ok(true),
            Outcome::TooSlow => Ok(false),
            Outcome::Left => {
                self.penalties.take(asked, Instant::now());
                Ok(true)
            }
            Outcome::Ended(error) => Err(Failure { error, due: self.penalties.take(asked, Instant::now()) }),
        }
    }

    /// Has a process at hand in the place of one that was ended: whoever asks next does not wait until it has started.
    async fn replace(self: Arc<Self>) {
        if let Ok(process) = self.new_process().await {
            self.keep(process);
        }
    }

    /// A process that is ready: how long it takes to start is not held against the query that it is for.
    async fn new_process(&self) -> Result<Process, SqlError> {
        let mut process = Process::start(&self.program, &self.arguments, &self.tables, &self.limits).await?;
        process.warm_up(&self.feed, &self.limits).await?;
        Ok(process)
    }

    /// A process that waits for work, or a new one.
    async fn process(&self) -> Result<Process, SqlError> {
        while let Some(mut process) = self.pop() {
            if process.is_alive() {
                return Ok(process);
            }
        }
        self.new_process().await
    }

    fn pop(&self) -> Option<Process> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn keep(&self, process: Process) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < self.limits.quick_queries {
            idle.push(process);
        }
    }
}

/// A place; `None` when whoever asked has left meanwhile.
async fn wait(
    places: &Arc<Semaphore>,
    patience: Duration,
    events: &mpsc::Sender<Event>,
) -> Result<Option<OwnedSemaphorePermit>, SqlError> {
    tokio::select! {
        place = Arc::clone(places).acquire_owned() => place.map(Some).map_err(|_| too_many()),
        () = events.closed() => Ok(None),
        () = tokio::time::sleep(patience) => Err(too_many()),
    }
}
