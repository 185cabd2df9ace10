//! What every handler can reach.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use prometheus::Registry;
use tillstream_config::Loaded;
use tillstream_processors::recommendations::Recommendations;
use tillstream_processors::{Answers, AsOf, ShopSettings};
use tillstream_runtime::log::Log;
use tillstream_runtime::{Application, Clock, StoreQuery};
use tillstream_sql::{Catalog, Limits, Scanner, Setting, Sql, SqlError, State, Workers};
use tokio::sync::Semaphore;

use crate::http::blocking::BlockingPool;
use crate::http::problem::Problem;
use crate::http::request_metrics::RequestMetrics;
use crate::http::scrape::LagGauges;
use crate::http::writers::WriterPool;
use crate::position_cache::{PositionCache, Stamp};
use crate::replay_progress::ReplayProgress;
use crate::traces::Traces;

/// Blocking reads at the same time: more would only wait for the same disk and cores.
const BLOCKING_READS: usize = 8;

/// What a service is made of.
#[derive(Debug)]
pub struct Parts {
    /// The log: ingest, lag and dead letters.
    pub log: Arc<dyn Log>,
    /// The running application.
    pub application: Arc<Application>,
    /// What to show customers next.
    pub recommendations: Recommendations,
    /// How the shop application was built.
    pub settings: ShopSettings,
    /// The effective configuration.
    pub config: Loaded,
    /// The metrics of the process; the server adds its own.
    pub registry: Registry,
    /// Progress of the demo's replay; a new one where nothing is replayed.
    pub replay: Arc<ReplayProgress>,
    /// Where spans go.
    pub traces: Traces,
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// Where SQL runs.
    pub sql_workers: Workers,
}

/// Why the parts do not make a service.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// A metric of the server's name is registered already.
    #[error(transparent)]
    Metrics(#[from] prometheus::Error),
    /// The SQL engine cannot be made.
    #[error(transparent)]
    Sql(#[from] SqlError),
    /// The system has no thread to give.
    #[error("threads for SQL cannot be started: {0}")]
    Threads(#[from] std::io::Error),
}

/// State shared by all handlers. Cheap to clone.
#[derive(Clone, Debug)]
pub struct AppState {
    inner: Arc<Inner>,
    reads: Arc<Reads>,
}

/// What is read: the tasks' own state, or, for those who allow it, that of standbys.
#[derive(Debug)]
struct Reads {
    answers: Answers,
    positions: PositionCache,
}

impl Reads {
    fn new(answers: Answers) -> Arc<Self> {
        Arc::new(Self { answers, positions: PositionCache::default() })
    }
}

#[derive(Debug)]
struct Inner {
    parts: Parts,
    sql: Sql,
    internal_prefix: String,
    blocking: BlockingPool,
    blocking_for_peers: BlockingPool,
    ingest_places: Arc<Semaphore>,
    writers: WriterPool,
    requests: RequestMetrics,
    lag_gauges: LagGauges,
    draining: AtomicBool,
}

impl AppState {
    /// Brings the parts together and registers the server's metrics.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn new(parts: Parts) -> Result<Self, StateError> {
        let places = parts.config.config.http.ingest_max_in_flight as usize;
        let writer_names = format!("{}-{}", parts.config.config.application.id, parts.application.instance());
        let writers = WriterPool::new(Arc::clone(&parts.log), &writer_names, places);
        let internal_prefix = format!("{}-", parts.config.config.application.id);
        let reads = Reads::new(parts.recommendations.answers().clone());
        let sql = sql(&parts)?;
        let (requests, lag_gauges) = (RequestMetrics::new(&parts.registry)?, LagGauges::new(&parts.registry)?);
        Ok(Self {
            reads,
            inner: Arc::new(Inner {
                parts,
                sql,
                internal_prefix,
                blocking: BlockingPool::new(BLOCKING_READS),
                blocking_for_peers: BlockingPool::new(BLOCKING_READS),
                ingest_places: Arc::new(Semaphore::new(places)),
                writers,
                requests,
                lag_gauges,
                draining: AtomicBool::new(false),
            }),
        })
    }

    pub(crate) fn log(&self) -> &Arc<dyn Log> {
        &self.inner.parts.log
    }

    pub(crate) fn application(&self) -> &Application {
        &self.inner.parts.application
    }

    pub(crate) fn query(&self) -> &StoreQuery {
        self.reads.answers.query()
    }

    /// The same, reading standbys of this instance in place of tasks elsewhere.
    pub(crate) fn allowing_stale(&self) -> Self {
        let stale = self.query().allowing_stale();
        let reads = Reads::new(self.answers().over(stale));
        Self { inner: Arc::clone(&self.inner), reads }
    }

    pub(crate) fn answers(&self) -> &Answers {
        &self.reads.answers
    }

    pub(crate) fn recommendations(&self) -> &Recommendations {
        &self.inner.parts.recommendations
    }

    /// SQL over the same state.
    #[must_use]
    pub fn sql(&self) -> &Sql {
        &self.inner.sql
    }

    pub(crate) fn settings(&self) -> &ShopSettings {
        &self.inner.parts.settings
    }

    pub(crate) fn config(&self) -> &Loaded {
        &self.inner.parts.config
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.inner.parts.registry
    }

    pub(crate) fn replay(&self) -> &ReplayProgress {
        &self.inner.parts.replay
    }

    pub(crate) fn traces(&self) -> &Traces {
        &self.inner.parts.traces
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.inner.parts.clock.now_ms()
    }

    pub(crate) fn blocking(&self) -> &BlockingPool {
        &self.inner.blocking
    }

    /// Places of their own for what other instances ask: theirs may all be waiting for this one.
    pub(crate) fn blocking_for_peers(&self) -> &BlockingPool {
        &self.inner.blocking_for_peers
    }

    /// Runs a point read: at once where all state is here, else where it may wait for another instance.
    pub(crate) async fn point_read<T, F>(&self, read: F) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: FnOnce(&Self) -> Result<T, Problem> + Send + 'static,
    {
        if self.query().is_alone() { read(self) } else { self.scan(read).await }
    }

    /// Runs a read that may take long, or touches the disk, off the asynchronous threads.
    pub(crate) async fn scan<T, F>(&self, read: F) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: FnOnce(&Self) -> Result<T, Problem> + Send + 'static,
    {
        let state = self.clone();
        self.blocking().run(move || read(&state)).await
    }

    pub(crate) fn ingest_places(&self) -> &Arc<Semaphore> {
        &self.inner.ingest_places
    }

    pub(crate) fn writers(&self) -> &WriterPool {
        &self.inner.writers
    }

    pub(crate) fn requests(&self) -> &RequestMetrics {
        &self.inner.requests
    }

    pub(crate) fn lag_gauges(&self) -> &LagGauges {
        &self.inner.lag_gauges
    }

    /// What an answer read from now on corresponds to, at least. Taken before reading.
    pub(crate) fn stamp(&self) -> Stamp {
        self.reads.positions.stamp(&self.reads.answers, &self.inner.internal_prefix)
    }

    /// The stamp of an answer that tells itself what it corresponds to.
    pub(crate) fn stamp_of(&self, as_of: &AsOf) -> Stamp {
        Stamp::of(as_of, &self.inner.internal_prefix)
    }

    /// Tells readiness probes that the server takes no more work.
    pub(crate) fn start_draining(&self) {
        self.inner.draining.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.inner.draining.load(Ordering::Relaxed)
    }
}

fn sql(parts: &Parts) -> Result<Sql, StateError> {
    let limits = Limits::from(&parts.config.config.sql);
    let state = State::new(
        parts.recommendations.clone(),
        Arc::clone(&parts.log),
        parts.application.topology(),
        &parts.config.config.application.id,
        Some(Arc::clone(&parts.application)),
        sql_settings(&parts.config),
    );
    let scanner = Scanner::new(Catalog::of(&state), state, &limits)?;
    Ok(Sql::new(scanner, limits, parts.sql_workers.clone())?)
}

/// The rows of `sys_config`.
#[must_use]
pub fn sql_settings(config: &Loaded) -> Vec<Setting> {
    let setting = |(key, value, origin)| Setting { key, value, origin };
    config.without_secrets().settings().into_iter().map(setting).collect()
}
