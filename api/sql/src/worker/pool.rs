//! Places for queries: many for young ones, few for those that take longer, and a queue for each.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{Instant, sleep_until, timeout};

use super::known::{Known, Shape};
use super::lane::Lane;
use super::outcome::Outcome;
use super::penalty::Penalties;
use super::processes::Processes;
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
    limits: Limits,
    processes: Arc<Processes>,
    quick: Arc<Semaphore>,
    slow: Arc<Semaphore>,
    /// Queries that run or wait.
    taken: Arc<Semaphore>,
    penalties: Penalties,
    known: Known,
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
        let feed = Feed { source, packing: packing.handle().clone() };
        let processes = Processes::new(program, arguments, tables, feed, limits.clone());
        runtime.spawn(Arc::clone(processes.governor()).govern());
        runtime.spawn(Arc::clone(&processes).replace());
        let shared = Arc::new(Shared {
            processes,
            quick: Arc::new(Semaphore::new(limits.quick_queries)),
            slow: Arc::new(Semaphore::new(limits.slow_queries)),
            taken: Arc::new(Semaphore::new(limits.quick_queries + limits.slow_queries + limits.queue)),
            penalties: Penalties::new(&limits),
            known: Known::default(),
            limits,
        });
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
        self.shared.processes.clear();
        self.runtimes.take().into_iter().flatten().for_each(Runtime::shutdown_background);
    }
}

impl Shared {
    /// Runs a query in a place for young ones; if it takes longer and all places for such are taken, once more when one is free.
    /// One that is known to take long waits for such a place at once.
    async fn answer(self: &Arc<Self>, job: Job, events: &mpsc::Sender<Event>) -> Result<(), Failure> {
        let asked = Instant::now();
        let (mut due, shape) = (asked, self.known.shape(&job.query));
        if !self.known.is_heavy(shape) {
            let Some(place) = wait(&self.quick, self.limits.queue_time, events).await? else { return Ok(()) };
            if self.drive(job.clone(), shape, events, &mut Lane::quick(place, &self.slow), asked).await? {
                return Ok(());
            }
            // It has cost a process already.
            due = self.penalties.take(asked, Instant::now());
        }
        let place = wait(&self.slow, self.limits.queue_time, events).await;
        let Some(place) = place.map_err(|error| Failure { error, due })? else { return Ok(()) };
        let mut lane = Lane::slow(place, &self.slow);
        self.drive(job, shape, events, &mut lane, asked).await?;
        Ok(())
    }

    /// Runs a query in a process; answers whether that was it, or it is to be begun anew.
    async fn drive(
        self: &Arc<Self>,
        job: Job,
        shape: Shape,
        events: &mpsc::Sender<Event>,
        lane: &mut Lane,
        asked: Instant,
    ) -> Result<bool, Failure> {
        let mut process = self.processes.take().await?;
        let outcome = process.drive(job, events, self.processes.feed(), lane, &self.limits).await;
        self.known.note(shape, outcome.is_heavy(&process.effort(), self.limits.quick_time));
        if matches!(outcome, Outcome::Answered) {
            self.processes.keep(process);
            return Ok(true);
        }
        process.kill();
        tokio::spawn(Arc::clone(&self.processes).replace());
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
