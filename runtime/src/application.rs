//! An application: a topology on a log, run by stream threads, from start to graceful stop.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;

use tillstream_stores::rocks::Resources;
use tillstream_topology::{BuildErrors, SubTopology, TopicName, Topology};

use crate::clock::Clock;
use crate::directory::TaskDirectory;
use crate::error::Error;
use crate::ids::TaskId;
use crate::lag::{self, GroupLag};
use crate::log::{CleanupPolicy, Log, LogError, TopicSpec};
use crate::metrics::EngineMetrics;
use crate::options::Options;
use crate::progress::progress_topic;
use crate::query::StoreQuery;
use crate::restore::RestoreProgress;
use crate::standby::StandbyThread;
use crate::task::TaskContext;
use crate::thread::{Namesakes, StreamThread, ThreadContext, ThreadStates, lease_order};

/// Time between two steps of the log's house-keeping.
const MAINTENANCE_INTERVAL: Duration = Duration::from_millis(500);

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
        application.spawn_maintenance()?;
        application.spawn_directory()?;
        application.spawn_standbys()?;
        Ok(application)
    }

    /// Starts the log's house-keeping, where it does its own: retention and compaction, a step at a time.
    fn spawn_maintenance(&self) -> Result<(), Error> {
        let context = Arc::clone(&self.context);
        self.spawn("log-maintenance".to_owned(), move || {
            while !context.stop.load(Ordering::Relaxed) {
                if let Err(error) = context.tasks.log.maintain(context.tasks.clock.now_ms()) {
                    tracing::warn!(%error, "log maintenance failed; it is tried again");
                }
                std::thread::park_timeout(MAINTENANCE_INTERVAL);
            }
        })
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
        let ended = threads.iter().all(JoinHandle::is_finished);
        if ended {
            threads.drain(..).for_each(|thread| drop(thread.join()));
        }
        ended
    }
}

impl Drop for Application {
    fn drop(&mut self) {
        self.stop(Duration::from_secs(10));
    }
}

/// Runs a thread until the application stops; where waiting or joining again helps, it does that.
fn supervise(index: usize, context: &Arc<ThreadContext>) {
    let mut namesakes = Namesakes::default();
    while !context.stop.load(Ordering::Relaxed) {
        let outcome = StreamThread::join(index, context).and_then(|mut thread| {
            let outcome = thread.run();
            thread.close();
            outcome
        });
        match outcome {
            Ok(()) => break,
            Err(error) if error.is_retriable() => {
                tracing::warn!(thread = index, %error, "parked");
                context.states.set(index, ApplicationState::Parked(error.to_string()));
                std::thread::park_timeout(Duration::from_millis(context.options.retry_ms));
            }
            Err(Error::Damaged { task, reason }) if context.tasks.set_aside(task, &reason).is_ok() => {
                context.states.set(index, ApplicationState::Restoring);
            }
            Err(error) if error.is_fenced() => {
                tracing::warn!(thread = index, %error, "put out of the group; joining again");
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
fn keep_standbys(context: &Arc<ThreadContext>, me: &Arc<str>) {
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

pub(crate) fn resolve_partitions(topology: &Topology, log: &dyn Log) -> Result<BTreeMap<TopicName, u32>, Error> {
    let topics: BTreeMap<String, u32> =
        log.topics()?.into_iter().map(|topic| (topic.name.to_string(), topic.partitions)).collect();
    let resolved = topology.resolve_partitions(&|topic| topics.get(topic).copied());
    Ok(resolved.map_err(BuildErrors)?)
}

/// One task for each partition of each sub-topology: as many as its widest source topic has.
pub(crate) fn all_tasks(topology: &Topology, partitions: &BTreeMap<TopicName, u32>) -> Vec<TaskId> {
    let width = |sub: &SubTopology| sub.source_topics.iter().filter_map(|topic| partitions.get(topic)).max().copied();
    topology
        .sub_topologies()
        .iter()
        .flat_map(|sub| {
            let id = sub.id;
            (0..width(sub).unwrap_or(0)).map(move |partition| TaskId { sub_topology: id, partition })
        })
        .collect()
}

/// Every instance of a store gets the same part of the cache.
fn cache_bytes_per_store(topology: &Topology, tasks: &[TaskId], total: usize) -> usize {
    let stores = |task: &TaskId| topology.sub_topologies().get(task.sub_topology).map_or(0, |sub| sub.stores.len());
    total / tasks.iter().map(stores).sum::<usize>().max(1)
}

/// Repartition topics, changelogs and the progress topic. Changelogs never age by time: a record is only replaced by a newer
/// one of its key.
fn internal_topics(
    topology: &Topology,
    application_id: &str,
    partitions: &BTreeMap<TopicName, u32>,
    tasks: &[TaskId],
) -> Vec<TopicSpec> {
    let mut topics = Vec::new();
    for topic in topology.internal_topics() {
        let name = TopicName::Internal(Arc::clone(&topic.name));
        let count = partitions.get(&name).copied().unwrap_or(1);
        let policy = CleanupPolicy::Delete { retention_ms: None };
        topics.push(TopicSpec { name: name.full(application_id), partitions: count, policy });
    }
    for sub in topology.sub_topologies() {
        let count = tasks.iter().filter(|task| task.sub_topology == sub.id).count() as u32;
        for store in sub.stores.iter().filter(|store| !topology.is_source_backed(store)) {
            if let Some(name) = topology.changelog_topic(store, application_id) {
                topics.push(TopicSpec { name, partitions: count, policy: CleanupPolicy::Compact });
            }
        }
    }
    let count = tasks.len().max(1) as u32;
    topics.push(TopicSpec { name: progress_topic(application_id), partitions: count, policy: CleanupPolicy::Compact });
    topics
}
