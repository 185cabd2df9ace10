//! One workload on Kafka, driven from outside: the contract by which the scripts of the Kafka Streams benchmark run any engine.
//!
//! The process prints `<epoch ms> FIRST_RECORD` before it reads the first record, `<epoch ms> STATE RUNNING` when its state
//! is restored, `<epoch ms> RESTORE_END total=<records>`, and ends at SIGTERM with `METRIC` lines.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::ValueEnum;
use tillstream_runtime::log::kafka::{KafkaLog, KafkaOptions};
use tillstream_runtime::log::{CleanupPolicy, Log, TopicSpec};
use tillstream_runtime::metrics::EngineMetrics;
use tillstream_runtime::{Application, ApplicationState, Clock as _, Options, SystemClock};
use tillstream_stores::rocks::Resources;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::load::PARTITIONS;
use crate::run::DEAD_LETTERS;
use crate::workloads::{Inputs, Workload};

/// For each result, as an application of its own would have; W6 is three in one. W4 then stays below a quarter of the memory of Kafka
/// Streams. More memory takes less CPU time.
const MEMORY_MIB_PER_RESULT: usize = 32;

/// The part of it, in hundredths, that may be write buffers: these workloads write more than they read.
const WRITE_BUFFER_SHARE: u8 = 60;

/// Kept for each partition. More costs memory and gives nothing.
const READ_AHEAD_BYTES: usize = 36 << 10;

/// Asked for at once, shared out among the partitions of the input topics. Each answer costs the same whatever is in it; what is in it
/// is unpacked as a whole, to eight to sixteen times as much.
const FETCH_BYTES: usize = 1344 << 10;

/// What the scripts pass.
#[derive(clap::Args)]
pub(crate) struct EngineArguments {
    #[arg(long)]
    workload: Workload,
    /// At-least-once is run exactly-once: there is nothing cheaper.
    #[arg(long)]
    guarantee: Guarantee,
    #[arg(long, default_value_t = 1)]
    pub(crate) threads: usize,
    /// `default`, or bytes of rows kept decoded.
    #[arg(long, default_value = "default")]
    cache: String,
    /// MiB of block cache and write buffers, 32 for each result unless told. What is kept decoded and not committed yet goes with it.
    #[arg(long)]
    memory: Option<usize>,
    #[arg(long)]
    pub(crate) app_id: String,
    /// Prefix of the output topics.
    #[arg(long)]
    pub(crate) out: String,
    /// Brokers.
    #[arg(long)]
    pub(crate) boot: String,
    #[arg(long)]
    state_dir: PathBuf,
    #[arg(long, default_value_t = 60)]
    grace_min: i64,
    /// Topic of orders, in place of the workload's own.
    #[arg(long)]
    orders: Option<String>,
    /// Topic of user activity.
    #[arg(long, default_value = "user-activity")]
    activity: String,
    #[arg(long, default_value_t = 100)]
    commit_ms: i64,
    /// A member the brokers know by this name after a restart: it need not wait for the session of the one before to end.
    #[arg(long)]
    static_member: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Guarantee {
    Eos,
    Alos,
}

/// Runs until SIGTERM.
pub(crate) fn run(arguments: &EngineArguments) -> Result<()> {
    let _ = arguments.guarantee;
    let end = End::listen()?;
    let log: Arc<dyn Log> = Arc::new(KafkaLog::connect(KafkaOptions {
        fetch_bytes: 1 << 20,
        partition_fetch_bytes: FETCH_BYTES / (arguments.workload.inputs().len().max(1) * PARTITIONS as usize),
        read_ahead_bytes: READ_AHEAD_BYTES,
        static_membership: arguments.static_member.is_some(),
        ..KafkaOptions::new(arguments.boot.clone())
    })?);
    create_topics(&*log, arguments)?;
    let inputs = Inputs {
        orders: arguments.orders.clone(),
        activity: arguments.activity.clone(),
        grace_ms: arguments.grace_min * 60_000,
    };
    let topology = arguments.workload.topology(&arguments.out, &inputs)?;
    let usual = arguments.workload.outputs().len() * MEMORY_MIB_PER_RESULT;
    let memory = arguments.memory.unwrap_or(usual) << 20;
    let resources = Resources::new(memory, WRITE_BUFFER_SHARE, 512);
    let cache = arguments.cache.parse().unwrap_or(memory / 4);
    let options = Options {
        application_id: arguments.app_id.clone(),
        instance: arguments.static_member.clone().unwrap_or_else(|| kept_name(&arguments.state_dir)),
        state_dir: Some(arguments.state_dir.clone()),
        threads: arguments.threads,
        commit_interval_ms: arguments.commit_ms,
        overlay_max_bytes: memory / 32,
        cache_max_bytes: cache,
        ..Options::default()
    };
    let metrics = EngineMetrics::new(&prometheus::Registry::new())?;
    let application = Application::start(&topology, log, resources, Arc::new(SystemClock), metrics, options)?;
    wait_until_running(&application)?;
    end.wait();
    let late: u64 = application.query().ledger().values().map(|entry| entry.late).sum();
    say(&format!("METRIC dropped-records-total {late}"));
    if !application.stop(Duration::from_secs(10)) {
        bail!("the application did not stop within ten seconds");
    }
    say("CLOSED");
    Ok(())
}

/// A name that stays with the state, as the service keeps it: whoever comes back with the state ends at once what the
/// killed process had under way.
fn kept_name(state_dir: &Path) -> String {
    state_dir.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

fn create_topics(log: &dyn Log, arguments: &EngineArguments) -> Result<()> {
    let known: Vec<Arc<str>> = log.topics()?.into_iter().map(|topic| topic.name).collect();
    let outputs = arguments.workload.outputs().iter().map(|output| format!("{}-{output}", arguments.out));
    let wanted = outputs.chain([DEAD_LETTERS.to_owned()]).filter(|name| !known.iter().any(|known| **known == **name));
    let policy = CleanupPolicy::Delete { retention_ms: None };
    let specs: Vec<TopicSpec> =
        wanted.map(|name| TopicSpec { name: name.into(), partitions: PARTITIONS, policy }).collect();
    Ok(log.create_topics(&specs)?)
}

fn wait_until_running(application: &Application) -> Result<()> {
    say("FIRST_RECORD");
    loop {
        match application.state() {
            ApplicationState::Failed(error) => bail!("the application failed: {error}"),
            // All of them: a task that is moved between threads is nobody's for a moment.
            ApplicationState::Running if application.query().is_whole() => break,
            _ => std::thread::park_timeout(Duration::from_millis(5)),
        }
    }
    say("STATE RUNNING");
    say(&format!("RESTORE_END all total={}", application.restore_progress().total().done));
    Ok(())
}

/// SIGTERM. Listens from when it is made, so that whoever hears that the process is there may ask it to stop.
pub(crate) struct End {
    runtime: Runtime,
    terminate: Signal,
}

impl End {
    pub(crate) fn listen() -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let terminate = runtime.block_on(async { signal(SignalKind::terminate()) })?;
        Ok(Self { runtime, terminate })
    }

    pub(crate) fn wait(mut self) {
        self.runtime.block_on(self.terminate.recv());
    }
}

/// Tells the script where the process is.
pub(crate) fn say(what: &str) {
    println!("{} {what}", SystemClock.now_ms());
}
