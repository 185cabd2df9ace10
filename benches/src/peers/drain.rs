//! Topics read from their start until everything is committed.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use tillstream_runtime::log::{Log, TopicPartition};
use tillstream_runtime::{Clock as _, SystemClock};

use super::cluster::{Cluster, partitions};
use super::contender::{Contender, Job};
use super::running::Running;
use super::{PeersArguments, counted};
use crate::load::events_of;
use crate::workloads::Workload;

/// How often is looked.
const GLANCE: Duration = Duration::from_millis(100);
/// Nothing has moved for so long: it is done.
const SETTLED: Duration = Duration::from_secs(2);
/// No run takes longer.
const PATIENCE: Duration = Duration::from_secs(900);

/// The moment at which an application was done.
pub(super) struct Done {
    /// Epoch ms.
    pub(super) at_ms: i64,
    /// CPU seconds it had used by then.
    pub(super) cpu_seconds: f64,
}

/// Prints the table of the throughput part.
pub(super) fn table(arguments: &PeersArguments, cluster: &Cluster, contenders: &[Contender]) -> Result<()> {
    println!(
        "| workload | engine | events/s | CPU s per M events | peak RSS MiB | changelog MiB | dropped as late | counted |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for workload in &arguments.workloads {
        let (set, full) = events_of(*workload);
        let events = cluster.fill(set, arguments.scaled(full), workload.inputs())? as f64;
        let bare = (*workload == Workload::W1).then(|| Contender::bare_loop(arguments.threads));
        for (run, contender) in arguments.turns(contenders).chain(bare.as_ref()).enumerate() {
            let (app, dir) = (format!("{}-{run}", workload.name()), tempfile::tempdir()?);
            let job = Job { workload: *workload, app: &app, state: dir.path(), more: &[] };
            cluster.create(&job.outputs())?;
            let mut running = contender.start(cluster, &job)?;
            let started = running.wait_for("FIRST_RECORD")?;
            let done = wait_until_drained(cluster, &job, workload.inputs(), &mut running)?;
            let rss = running.peak_rss_mib()?;
            running.stop()?;
            println!(
                "| {} | {} | {:.0} | {:.2} | {rss:.0} | {:.1} | {} | {} |",
                workload.name(),
                contender.name,
                events / ((done.at_ms - started) as f64 / 1e3),
                done.cpu_seconds / events * 1e6,
                cluster.changelog_mib(&app),
                running.last_number("METRIC dropped-records-total"),
                counted::counted(cluster, &job)?,
            );
        }
    }
    Ok(())
}

/// Waits until the group has committed all of `inputs` and nothing it writes moves any more.
pub(super) fn wait_until_drained(
    cluster: &Cluster,
    job: &Job<'_>,
    inputs: &[&str],
    running: &mut Running,
) -> Result<Done> {
    let inputs = partitions(inputs.iter().map(|topic| (*topic).into()));
    let deadline = Instant::now() + PATIENCE;
    let mut done = Done { at_ms: SystemClock.now_ms(), cpu_seconds: running.cpu_seconds()? };
    let (mut before, mut moved) = (Vec::new(), Instant::now());
    loop {
        running.ensure_alive()?;
        let (lag, places) = look(cluster, job.app, &inputs)?;
        if places != before {
            (before, moved) = (places, Instant::now());
            done = Done { at_ms: SystemClock.now_ms(), cpu_seconds: running.cpu_seconds()? };
        }
        if lag == 0 && moved.elapsed() >= SETTLED {
            return Ok(done);
        }
        if Instant::now() > deadline {
            bail!("{} did not come to the end of its input within {PATIENCE:?}", job.app);
        }
        std::thread::park_timeout(GLANCE);
    }
}

/// Waits until the group has committed the given share of `inputs`.
pub(super) fn wait_for_share(cluster: &Cluster, app: &str, inputs: &[&str], share: f64) -> Result<()> {
    let inputs = partitions(inputs.iter().map(|topic| (*topic).into()));
    let total: i64 = cluster.log.offsets(&inputs)?.iter().map(|range| range.end).sum();
    let deadline = Instant::now() + PATIENCE;
    while look(cluster, app, &inputs)?.0 as f64 > total as f64 * (1.0 - share) {
        if Instant::now() > deadline {
            bail!("{app} did not commit {share} of its input within {PATIENCE:?}");
        }
        std::thread::park_timeout(GLANCE);
    }
    Ok(())
}

/// Records of the inputs that are not committed, and everything that moves while the application works.
fn look(cluster: &Cluster, app: &str, inputs: &[TopicPartition]) -> Result<(i64, Vec<i64>)> {
    let ends = cluster.log.offsets(inputs)?;
    let committed: Vec<i64> = cluster.log.committed(app, inputs)?.into_iter().map(Option::unwrap_or_default).collect();
    let lag = ends.iter().zip(&committed).map(|(range, committed)| (range.end - committed).max(0)).sum();
    let mut places = committed;
    places.extend(cluster.log.offsets(&cluster.written_by(app)?)?.iter().map(|range| range.end));
    Ok((lag, places))
}
