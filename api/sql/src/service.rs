//! The front: takes queries, hands them to a process or to threads, and gives back what comes.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Semaphore, mpsc};

use crate::engine::{Engine, Source};
use crate::error::{ErrorKind, SqlError};
use crate::job::{Event, Job};
use crate::limits::Limits;
use crate::scanner::Scanner;
use crate::tables::About;
use crate::worker::Pool;

/// Events of an answer that wait for whoever takes them.
const EVENTS: usize = 4;

/// Threads that work on queries, where they have no process of their own.
const THREADS: usize = 2;

/// Stack of such a thread: planning goes as deep as a query does.
pub(crate) const STACK_BYTES: usize = 32 << 20;

/// Where queries run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Workers {
    /// In threads of this process.
    #[default]
    Threads,
    /// In processes: this program, called with these arguments, does what [`worker::serve`](crate::worker::serve) does.
    Processes {
        /// The program.
        program: PathBuf,
        /// Its arguments.
        arguments: Vec<String>,
    },
}

/// Answers queries over the tables of an application. Cheap to clone.
#[derive(Clone)]
pub struct Sql {
    inner: Arc<Inner>,
}

struct Inner {
    about: Vec<About>,
    way: Way,
}

enum Way {
    Threads(Threads),
    Processes(Pool),
}

/// What comes back of a query. Dropping it ends the query.
#[derive(Debug)]
pub struct Reply {
    events: mpsc::Receiver<Event>,
}

impl Reply {
    pub(crate) fn new(events: mpsc::Receiver<Event>) -> Self {
        Self { events }
    }

    /// The next event; `None` behind the last.
    pub async fn next(&mut self) -> Option<Event> {
        self.events.recv().await
    }

    /// As [`Reply::next`], on a thread that may wait.
    pub fn blocking_next(&mut self) -> Option<Event> {
        self.events.blocking_recv()
    }
}

impl Sql {
    /// Answers queries over what `scanner` reads.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn new(scanner: Scanner, limits: Limits, workers: Workers) -> Result<Self, SqlError> {
        let about = scanner.catalog().about();
        let scanner: Arc<dyn Source> = Arc::new(scanner);
        let way = match workers {
            Workers::Threads => Way::Threads(Threads::new(&about, scanner, limits)?),
            Workers::Processes { program, arguments } => {
                Way::Processes(Pool::new(about.clone(), scanner, limits, program, arguments)?)
            }
        };
        Ok(Self { inner: Arc::new(Inner { about, way }) })
    }

    /// The tables there are.
    #[must_use]
    pub fn tables(&self) -> &[About] {
        &self.inner.about
    }

    /// Begins a query.
    ///
    /// # Errors
    /// [`ErrorKind::TooMany`] at once; everything else comes as [`Event::Failed`].
    pub fn run(&self, job: Job) -> Result<Reply, SqlError> {
        match &self.inner.way {
            Way::Threads(threads) => threads.run(job),
            Way::Processes(pool) => pool.run(job),
        }
    }
}

impl fmt::Debug for Sql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sql").field("tables", &self.inner.about.len()).finish_non_exhaustive()
    }
}

/// Queries in threads of this process: for commands, which are a process of their own already.
struct Threads {
    engine: Arc<Engine>,
    limits: Limits,
    places: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    /// `Some` until it is dropped.
    runtime: Option<Runtime>,
}

impl Threads {
    fn new(about: &[About], source: Arc<dyn Source>, limits: Limits) -> Result<Self, SqlError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_stack_size(STACK_BYTES)
            .thread_name("sql")
            .enable_time()
            .build()
            .map_err(|error| SqlError::internal("the threads of SQL cannot be started", &error))?;
        let places = limits.quick_queries + limits.slow_queries;
        Ok(Self {
            engine: Arc::new(Engine::new(about.to_vec(), source, limits.clone())?),
            places: Arc::new(Semaphore::new(places)),
            waiting: Arc::new(Semaphore::new(places + limits.queue)),
            limits,
            runtime: Some(runtime),
        })
    }

    fn run(&self, job: Job) -> Result<Reply, SqlError> {
        let waiting = Arc::clone(&self.waiting).try_acquire_owned().map_err(|_| too_many())?;
        let (sender, events) = mpsc::channel(EVENTS);
        let (engine, places, limits) = (Arc::clone(&self.engine), Arc::clone(&self.places), self.limits.clone());
        let query = async move {
            let _waiting = waiting;
            let Ok(Ok(_place)) = tokio::time::timeout(limits.queue_time, places.acquire_owned()).await else {
                let _ = sender.send(Event::Failed(too_many())).await;
                return;
            };
            if tokio::time::timeout(limits.time_limit, engine.run(&job, &sender)).await.is_err() {
                let _ = sender.try_send(Event::Failed(too_long(&limits)));
            }
        };
        if let Some(runtime) = &self.runtime {
            runtime.spawn(query);
        }
        Ok(Reply::new(events))
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

pub(crate) fn too_many() -> SqlError {
    SqlError::new(ErrorKind::TooMany, "too many queries at the same time; ask again in a moment")
        .with_hint("sql.quick_queries, sql.slow_queries and sql.queue say how many there may be")
}

pub(crate) fn too_long(limits: &Limits) -> SqlError {
    let message = format!("the query took longer than {} ms and was ended", limits.time_limit.as_millis());
    SqlError::new(ErrorKind::Time, message).with_hint("ask for less at a time, or raise sql.time_limit")
}
