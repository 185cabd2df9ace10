//! Runs one workload until everything is committed.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tillstream_runtime::log::embedded::{CompactionOptions, EmbeddedLog, EmbeddedOptions};
use tillstream_runtime::log::{CleanupPolicy, Log, TopicPartition, TopicSpec};
use tillstream_runtime::metrics::EngineMetrics;
use tillstream_runtime::{Application, ApplicationState, Options, SystemClock};
use tillstream_stores::rocks::Resources;

use crate::load::PARTITIONS;
use crate::measure::{Measurement, cpu_seconds, peak_rss_mib};
use crate::workloads::{Inputs, Workload};

/// One memory number for log and state.
const MEMORY_BYTES: usize = 128 << 20;
pub(crate) const DEAD_LETTERS: &str = "dead-letters";

/// Runs `workload` on the log in `dir` and prints a [`Measurement`] as JSON.
pub(crate) fn run(workload: Workload, dir: &Path, threads: usize) -> Result<()> {
    let resources = Resources::new(MEMORY_BYTES, 40, 512);
    let log: Arc<dyn Log> = Arc::new(EmbeddedLog::open(
        &dir.join("log"),
        EmbeddedOptions {
            recent_bytes: 8 << 20,
            fetch_bytes: 1 << 20,
            partition_fetch_bytes: 256 << 10,
            compaction: CompactionOptions { step_bytes: 4 << 20, index_bytes: 8 << 20, ..CompactionOptions::default() },
            ..EmbeddedOptions::default()
        },
        resources.clone(),
    )?);
    let topic = |name: String| TopicSpec {
        name: name.into(),
        partitions: PARTITIONS,
        policy: CleanupPolicy::Delete { retention_ms: None },
    };
    let mut topics: Vec<TopicSpec> =
        workload.outputs().iter().map(|output| topic(format!("{}-{output}", workload.name()))).collect();
    topics.push(topic(DEAD_LETTERS.to_owned()));
    log.create_topics(&topics)?;
    let before = total_records(&*log)?;
    let events = input_events(workload, &*log)?;
    let topology = workload.topology(workload.name(), &Inputs::default())?;
    let options = Options {
        application_id: format!("bench-{}", workload.name()),
        state_dir: Some(dir.join("state")),
        threads,
        overlay_max_bytes: 4 << 20,
        cache_max_bytes: 40 << 20,
        ..Options::default()
    };
    let metrics = EngineMetrics::new(&prometheus::Registry::new())?;
    let (started, cpu_before) = (Instant::now(), cpu_seconds("self")?);
    let application =
        Application::start(&topology, Arc::clone(&log), resources, Arc::new(SystemClock), metrics, options)?;
    wait_until_done(&application)?;
    let (wall_seconds, cpu_seconds) = (started.elapsed().as_secs_f64(), cpu_seconds("self")? - cpu_before);
    let late = application.query().ledger().values().map(|entry| entry.late).sum();
    let measurement = Measurement {
        workload: workload.name().to_owned(),
        events,
        written: total_records(&*log)? - before,
        wall_seconds,
        cpu_seconds,
        peak_rss_mib: peak_rss_mib("self")?,
        late,
    };
    println!("{}", serde_json::to_string(&measurement)?);
    if !application.stop(Duration::from_secs(10)) {
        bail!("the application did not stop within ten seconds");
    }
    Ok(())
}

fn wait_until_done(application: &Application) -> Result<()> {
    loop {
        match application.state() {
            ApplicationState::Failed(error) => bail!("the application failed: {error}"),
            ApplicationState::Running if application.pending()? == 0 => return Ok(()),
            _ => std::thread::park_timeout(Duration::from_millis(50)),
        }
    }
}

fn partitions_of(log: &dyn Log, wanted: impl Fn(&str) -> bool) -> Result<Vec<TopicPartition>> {
    let topics = log.topics()?;
    let wanted = topics.into_iter().filter(|topic| wanted(&topic.name));
    Ok(wanted
        .flat_map(|topic| (0..topic.partitions).map(move |n| TopicPartition::new(Arc::clone(&topic.name), n)))
        .collect())
}

fn total_records(log: &dyn Log) -> Result<u64> {
    let partitions = partitions_of(log, |_| true)?;
    Ok(log.offsets(&partitions)?.iter().map(|range| range.end as u64).sum())
}

fn input_events(workload: Workload, log: &dyn Log) -> Result<u64> {
    let partitions = partitions_of(log, |topic| workload.inputs().contains(&topic))?;
    let events: i64 = log.offsets(&partitions)?.iter().map(|range| range.end - range.start).sum();
    u64::try_from(events).context("the log tells a negative number of records")
}
