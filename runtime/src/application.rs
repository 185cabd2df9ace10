//! An application: a topology on a log, run by stream threads, from start to graceful stop.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;

use tillstream_stores::rocks::Resources;
use tillstream_topology::Topology;

use crate::clock::Clock;
use crate::directory::TaskDirectory;
use crate::error::Error;
use crate::housekeeping::keep_house;
use crate::lag::{self, GroupLag};
use crate::layout::{all_tasks, cache_bytes_per_store, internal_topics, resolve_partitions};
use crate::log::{Log, LogError};
use crate::metrics::EngineMetrics;
use crate::options::Options;
use crate::query::StoreQuery;
use crate::restore::RestoreProgress;
use crate::supervision::{keep_standbys, supervise};
use crate::task::TaskContext;
use crate::thread::{ThreadContext, ThreadStates, lease_order};

/// Where an application is in its life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApplicationState {
    /// Tasks are being opened and restored.
    Restoring,
    /// All tasks run.
    Running,
    /// Tasks wait for something an operator must provide, such as space on the disk.
    Parked(String),
    /// A thread ended with an error; the others were stopped.
    Failed(String),
    /// Stopped in good order.
    Stopped,
}

/// A running application. Dropping it stops it.
#[derive(Debug)]
pub struct Application {
    context: Arc<ThreadContext>,
    restore: Arc<RestoreProgress>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Application {
    /// Creates the internal topics and starts the threads. The source, sink and dead-letter topics must exist.
    ///
    /// # Errors
    /// When the topology does not fit the log's topics, or the log fails. What goes wrong later shows in
    /// [`Application::state`].
    pub fn start(
        topology: &Topology,
        log: Arc<dyn Log>,
        resources: Resources,
        clock: Arc<dyn Clock>,
        metrics: EngineMetrics,
        options: Options,
    ) -> Result<Self, Error> {
        let partitions = resolve_partitions(topology, &*log)?;
        let tasks = all_tasks(topology, &partitions);
        log.create_topics(&internal_topics(topology, &options.application_id, &partitions, &tasks))?;
        let restore = Arc::new(RestoreProgress::new(metrics.clone()));
        let query = StoreQuery::new(topology, &tasks);
        let count = options.threads.clamp(1, tasks.len().max(1));
        let context = Arc::new(ThreadContext {
            leases: lease_order(&tasks),
            tasks: TaskContext {
                log,
                topology: topology.clone(),
                application_id: options.application_id.clone(),
                state_dir: options.state_dir.clone(),
                resources,
                sinks: RwLock::default(),
                cache_bytes_per_store: cache_bytes_per_store(topology, &tasks, options.cache_max_bytes),
                tasks,
                clock,
                restore: Arc::clone(&restore) as Arc<_>,
                claims: Arc::default(),
                spans: options.spans.clone(),
            },
            options,
            query,
            metrics,
            states: ThreadStates::new(count),
            stop: AtomicBool::new(false),
        });
        let application = Self { context, restore, threads: Mutex::default() };
        (0..count).try_for_each(|index| application.spawn_stream(index))?;
        application.spawn_housekeeping()?;
        application.spawn_directory()?;
        application.spawn_standbys()?;
        Ok(application)
    }

    fn spawn_housekeeping(&self) -> Result<(), Error> {
        let context = Arc::clone(&self.context);
        self.spawn("housekeeping".to_owned(), move || keep_house(&context))
    }

    /// Starts following who runs the tasks of the other instances.
    fn spawn_directory(&self) -> Result<(), Error> {
        let Some(neighbours) = self.context.options.neighbours.clone() else { return Ok(()) };
        let context = Arc::clone(&self.context);
        let follow = move || {
            while !context.stop.load(Ordering::Relaxed) {
                let followed =
                    TaskDirectory::open(Arc::clone(&context), neighbours.clone()).and_then(|mut it| it.run());
                if let Err(error) = followed {
                    tracing::warn!(%error, "the owners of tasks cannot be followed; it is tried again");
                    std::thread::park_timeout(Duration::from_millis(context.options.retry_ms));
                }
            }
        };
        self.spawn("task-directory".to_owned(), follow)
    }

    /// Starts keeping standbys of the other instances' tasks.
    fn spawn_standbys(&self) -> Result<(), Error> {
        let context = Arc::clone(&self.context);
        let (Some(me), 1..) = (context.advertised(), context.options.standby_replicas) else { return Ok(()) };
        let me: Arc<str> = me.into();
        self.spawn("standbys".to_owned(), move || keep_standbys(&context, &me))
    }

    fn spawn_stream(&self, index: usize) -> Result<(), Error> {
        let context = Arc::clone(&self.context);
        self.spawn(format!("stream-{index}"), move || supervise(index, &context))
    }

    /// Starts a thread that ends when the application stops.
    fn spawn(&self, name: String, run: impl FnOnce() + Send + 'static) -> Result<(), Error> {
        let handle = std::thread::Builder::new().name(name).spawn(run).map_err(Error::Thread)?;
        self.threads.lock().unwrap_or_else(PoisonError::into_inner).push(handle);
        Ok(())
    }

    /// The least advanced of the threads' states; a failure before all.
    pub fn state(&self) -> ApplicationState {
        self.context.states.least()
    }

    /// Reads the application's state stores.
    pub fn query(&self) -> &StoreQuery {
        &self.context.query
    }

    /// Name of this instance.
    pub fn instance(&self) -> &str {
        &self.context.options.instance
    }

    /// The topology it runs.
    pub fn topology(&self) -> &Topology {
        &self.context.tasks.topology
    }

    /// How far restores are.
    pub fn restore_progress(&self) -> &RestoreProgress {
        &self.restore
    }

    /// Records of all inputs, repartition topics included, that are not yet part of what queries see. Zero means: the answers
    /// hold everything that is in the log.
    ///
    /// # Errors
    /// When the log cannot be reached.
    pub fn pending(&self) -> Result<u64, Error> {
        let inputs: Vec<_> = self.context.tasks.inputs().collect();
        // The position first: what is appended in between counts as pending.
        let position = self.context.query.position();
        let ranges = self.context.tasks.log.offsets(&inputs)?;
        let pending = inputs.iter().zip(ranges).map(|(input, range)| {
            let seen = position.get(&input.topic, input.partition).unwrap_or(range.start).max(range.start);
            (range.end - seen).max(0) as u64
        });
        Ok(pending.sum())
    }

    /// Lag of all groups of the log, by name; of the application itself on all its inputs, repartition topics included.
    ///
    /// # Errors
    /// When the log cannot be reached.
    pub fn lag(&self) -> Result<Vec<GroupLag>, LogError> {
        let inputs: Vec<_> = self.context.tasks.inputs().collect();
        lag::all_groups_and(&*self.context.tasks.log, &self.context.options.application_id, &inputs)
    }

    /// Commits, closes all tasks and ends the threads; waits at most `patience`. Answers whether all ended in time.
    pub fn stop(&self, patience: Duration) -> bool {
        self.context.stop.store(true, Ordering::Relaxed);
        let deadline = std::time::Instant::now() + patience;
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        threads.iter().for_each(|handle| handle.thread().unpark());
        while std::time::Instant::now() < deadline && threads.iter().any(|thread| !thread.is_finished()) {
            std::thread::park_timeout(Duration::from_millis(5));
        }
        let late: Vec<&str> =
            threads.iter().filter(|thread| !thread.is_finished()).filter_map(|late| late.thread().name()).collect();
        if !late.is_empty() {
            tracing::warn!(threads = late.join(" "), ?patience, "did not end in time");
            return false;
        }
        threads.drain(..).for_each(|thread| drop(thread.join()));
        true
    }
}

impl Drop for Application {
    fn drop(&mut self) {
        self.stop(Duration::from_secs(10));
    }
}
