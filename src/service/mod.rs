//! A service in this process: log, application, learning and HTTP, started and stopped in the right order.

mod forced_writes;
mod instance;
mod learning;
mod log;
mod memory_gauges;
#[cfg(feature = "otel")]
mod otlp;
mod postgres;
mod settings;
mod traces;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use prometheus::Registry;
use tillstream_api::sql::{Postgres, Workers};
use tillstream_api::{AppState, HttpPeers, Parts, ReplayProgress, Server};
use tillstream_config::{Config, Fsync, Loaded, LogKind, SqlIsolation};
use tillstream_learning::{Learning, Parts as LearningParts};
use tillstream_processors::recommendations::Recommendations;
use tillstream_processors::{Answers, shop};
use tillstream_runtime::log::Log;
use tillstream_runtime::metrics::EngineMetrics;
use tillstream_runtime::{Application, Neighbours, Options, SystemClock};
use tillstream_stores::rocks::Resources;
use tokio::runtime::Runtime;

use self::forced_writes::ForcedWrites;
use self::instance::instance_name;
pub(crate) use self::instance::made_up_name;
use self::learning::learning_settings;
pub(crate) use self::learning::recommendation_settings;
pub(crate) use self::log::{OpenLog, open_existing_log, topic_specs};
use self::memory_gauges::MemoryGauges;
pub(crate) use self::settings::shop_settings;
use self::traces::OtlpExporter;
use crate::shutdown::Shutdown;

/// The command that makes a process run SQL for another. Not for people.
pub(crate) const SQL_WORKER: &str = "sql-worker";

/// Threads that serve HTTP. Reads are short and scans have their own threads.
const HTTP_THREADS: usize = 2;

/// A running service.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) log: Arc<dyn Log>,
    pub(crate) application: Arc<Application>,
    pub(crate) replay: Arc<ReplayProgress>,
    pub(crate) recommendations: Recommendations,
    pub(crate) learning: Learning,
    config: Config,
    loaded: Loaded,
    state: AppState,
    /// Sends spans, when it was asked to.
    otlp: Option<Arc<OtlpExporter>>,
    /// Of the embedded log, when it is forced to disk at an interval.
    forced_writes: Option<ForcedWrites>,
}

impl Service {
    /// Opens the log, creates the topics and starts the application.
    ///
    /// # Errors
    /// When the data directory is in use or damaged, or topics do not fit.
    pub(crate) fn start(loaded: Loaded) -> anyhow::Result<Self> {
        let config = loaded.config.clone();
        let resources = resources(&config);
        let opened = OpenLog::open(&config, &resources)?;
        let log = opened.shared();
        let settings = shop_settings(&config);
        opened.create_topics(topic_specs(&config, &settings))?;
        let topology = shop::topology(&settings).context("the shop's topology cannot be built")?;
        let registry = Registry::new();
        #[cfg(target_os = "linux")]
        registry.register(Box::new(prometheus::process_collector::ProcessCollector::for_self()))?;
        registry.register(Box::new(MemoryGauges::new(resources.clone())?))?;
        let metrics = EngineMetrics::new(&registry)?;
        let clock = Arc::new(SystemClock);
        let (traces, otlp) = traces::exporters(&config, &metrics)?;
        let options = Options { spans: traces.exporter.clone(), ..options(&config)? };
        let application = Arc::new(Application::start(
            &topology,
            Arc::clone(&log),
            resources,
            Arc::clone(&clock) as Arc<_>,
            metrics,
            options,
        )?);
        let replay = Arc::new(ReplayProgress::default());
        let answers = Answers::new(application.query().clone(), settings.clone());
        let recommendations = Recommendations::new(answers, recommendation_settings(&config.recommendations));
        let learning = Learning::start(LearningParts {
            log: Arc::clone(&log),
            recommendations: recommendations.clone(),
            clock: Arc::clone(&clock) as Arc<_>,
            settings: learning_settings(&config.recommendations),
            application_id: &config.application.id,
            instance: application.instance(),
            record_max_bytes: opened.record_max_bytes(&config),
            registry: &registry,
        })?;
        let state = AppState::new(Parts {
            recommendations: recommendations.clone(),
            log: Arc::clone(&log),
            application: Arc::clone(&application),
            settings,
            config: loaded.clone(),
            registry,
            replay: Arc::clone(&replay),
            traces,
            clock,
            sql_workers: sql_workers(&config)?,
        })?;
        let forced_writes = match opened {
            OpenLog::Embedded(log) if config.log.fsync == Fsync::Interval => {
                Some(ForcedWrites::start(log, config.log.fsync_interval.as_duration())?)
            }
            OpenLog::Embedded(_) | OpenLog::Kafka(_) => None,
        };
        Ok(Self { log, application, replay, recommendations, learning, config, loaded, state, otlp, forced_writes })
    }

    /// Binds the port and serves on threads of its own until `shutdown`.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub(crate) fn serve(&self, shutdown: &Shutdown) -> anyhow::Result<Serving> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(HTTP_THREADS)
            .thread_name("http")
            .enable_all()
            .build()
            .context("the threads of the HTTP server cannot be started")?;
        shutdown.hear_signals()?;
        let server = runtime.block_on(Server::bind(self.state.clone(), (&self.config.http).into()))?;
        let address = server.address();
        let postgres = runtime.block_on(postgres::bind(self.state.sql().clone(), &self.loaded))?;
        let postgres_address = postgres.as_ref().map(Postgres::address);
        if let Some(postgres) = postgres {
            let requested = shutdown.clone();
            runtime.spawn(async move { postgres.run(async move { requested.requested().await }).await });
        }
        let requested = shutdown.clone();
        let task = runtime.spawn(async move { server.run(async move { requested.requested().await }).await });
        Ok(Serving { runtime, task, address, postgres_address })
    }

    /// Stops processing with a last commit; answers whether all ended in time.
    pub(crate) fn stop(mut self) -> bool {
        self.learning.stop();
        let ended = self.application.stop(self.config.streams.shutdown_timeout.as_duration());
        if !ended {
            tracing::warn!(
                "processing did not end in time; what was not committed is processed again at the next start"
            );
        }
        if let Some(otlp) = self.otlp {
            otlp.stop();
        }
        if let Some(forced_writes) = self.forced_writes {
            forced_writes.stop();
        }
        ended
    }
}

/// The HTTP side of a service.
#[derive(Debug)]
pub(crate) struct Serving {
    runtime: Runtime,
    task: tokio::task::JoinHandle<()>,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// Where it listens to Postgres clients.
    pub(crate) postgres_address: Option<SocketAddr>,
}

impl Serving {
    /// Waits until the server has drained, which begins with the shutdown's request.
    pub(crate) fn wait(self) {
        if let Err(error) = self.runtime.block_on(self.task) {
            tracing::error!(%error, "the HTTP server failed");
        }
    }
}

/// Query processes are this program, called with a word of its own.
fn sql_workers(config: &Config) -> anyhow::Result<Workers> {
    Ok(match config.sql.isolation {
        SqlIsolation::None => Workers::Threads,
        SqlIsolation::Process => {
            let program = std::env::current_exe().context("the program cannot find itself, for SQL's processes")?;
            Workers::Processes { program, arguments: vec![SQL_WORKER.to_owned()] }
        }
    })
}

/// Memory of all stores and the log together.
pub(crate) fn resources(config: &Config) -> Resources {
    let percent = (config.state.write_buffer_share * 100.0).round().clamp(1.0, 90.0) as u8;
    let files = i32::try_from(config.state.max_open_files).unwrap_or(i32::MAX);
    Resources::new(config.state.memory.as_usize(), percent, files)
}

/// On a cluster there may be other instances, which answer for their part of the state.
fn neighbours(config: &Config) -> Option<Neighbours> {
    if config.log.kind == LogKind::Embedded {
        return None;
    }
    let listen = config.http.listen;
    let advertised = if !config.http.advertised.is_empty() {
        config.http.advertised.clone()
    } else if listen.ip().is_unspecified() {
        format!("{}:{}", host_name(), listen.port())
    } else {
        listen.to_string()
    };
    Some(Neighbours { advertised, peers: Arc::new(HttpPeers::default()) })
}

/// The name of this machine as the system has it; the loopback address where it has none.
fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    if name.trim().is_empty() { "127.0.0.1".to_owned() } else { name.trim().to_owned() }
}

fn options(config: &Config) -> anyhow::Result<Options> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let streams = &config.streams;
    Ok(Options {
        application_id: config.application.id.clone(),
        instance: instance_name(config)?,
        neighbours: neighbours(config),
        state_dir: (!config.state.in_memory).then(|| config.application.data_dir.join("state")),
        threads: streams.threads_on(cores),
        commit_interval_ms: streams.commit_interval.get(),
        commit_interval_idle_ms: streams.commit_interval_idle.get(),
        poll_ms: streams.poll.get().unsigned_abs(),
        buffered_records: streams.buffered_records_per_partition as usize,
        overlay_max_bytes: config.state.overlay_max_bytes.as_usize(),
        cache_max_bytes: config.state.cache_max_bytes.as_usize(),
        sender_idle_timeout_ms: streams.sender_idle_timeout.get(),
        repartition_purge_interval_ms: streams.repartition_purge_interval.get(),
        dead_letter_topic: config.topics.dead_letters.as_str().into(),
        standby_replicas: streams.num_standby_replicas as usize,
        ..Options::default()
    })
}
