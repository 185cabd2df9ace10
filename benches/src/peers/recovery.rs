//! A lost state directory, and a process that is killed in the middle of its work.

use anyhow::Result;
use tillstream_runtime::{Clock as _, SystemClock};
use tillstream_shop::workload::Set;

use super::cluster::Cluster;
use super::contender::{Contender, Job};
use super::drain::{wait_for_share, wait_until_drained};
use super::{PeersArguments, counted};
use crate::workloads::Workload;

/// Events of the restore part at full size: 2.15 M different users.
const WIDE: u32 = 2_500_000;
/// Orders of the crash part at full size.
const ORDERS: u32 = 400_000;
/// How much of the input is committed when the process is killed.
const AT: f64 = 0.6;

/// Counts many users, stops, loses the state directory and starts again.
pub(super) fn restore_table(arguments: &PeersArguments, cluster: &Cluster, contenders: &[Contender]) -> Result<()> {
    const INPUT: &[&str] = &["user-wide"];
    println!("| state lost | records restored | start to running s | restored records/s | CPU s | peak RSS MiB |");
    println!("|---|---|---|---|---|---|");
    cluster.fill(Set::Wide, arguments.scaled(WIDE), INPUT)?;
    for (run, contender) in arguments.turns(contenders).enumerate() {
        let (app, dir) = (format!("restore-{run}"), tempfile::tempdir()?);
        let more = &["--activity", "user-wide"];
        let job = Job { workload: Workload::W2, app: &app, state: &dir.path().join("state"), more };
        cluster.create(&job.outputs())?;
        let mut first = contender.start(cluster, &job)?;
        first.wait_for("FIRST_RECORD")?;
        wait_until_drained(cluster, &job, INPUT, &mut first)?;
        first.stop()?;
        std::fs::remove_dir_all(job.state)?;
        let started = SystemClock.now_ms();
        let mut second = contender.start(cluster, &job)?;
        second.wait_for("RESTORE_END")?;
        let running = second.wait_for("STATE RUNNING")?;
        let seconds = (running - started) as f64 / 1e3;
        let (cpu, rss) = (second.cpu_seconds()?, second.peak_rss_mib()?);
        let restored = second.last_number("RESTORE_END");
        println!(
            "| {} | {restored} | {seconds:.1} | {:.0} | {cpu:.1} | {rss:.0} |",
            contender.name,
            restored as f64 / seconds
        );
        second.stop()?;
    }
    Ok(())
}

/// Counts pairs, is killed, and starts again at once where it was.
pub(super) fn crash_table(arguments: &PeersArguments, cluster: &Cluster, contenders: &[Contender]) -> Result<()> {
    const INPUT: &[&str] = &["orders"];
    println!("| kill -9 | member | kill to running s | records restored | counted in the end |");
    println!("|---|---|---|---|---|");
    cluster.fill(Set::Commerce, arguments.scaled(ORDERS), INPUT)?;
    let memberships: [(&str, &[&str]); 2] = [("dynamic", &[]), ("static", &["--static-member", "peer"])];
    let turns =
        memberships.iter().flat_map(|membership| arguments.turns(contenders).map(move |turn| (membership, turn)));
    for (run, ((membership, more), contender)) in turns.enumerate() {
        let (app, dir) = (format!("crash-{run}"), tempfile::tempdir()?);
        let job = Job { workload: Workload::W5, app: &app, state: dir.path(), more };
        cluster.create(&job.outputs())?;
        let mut first = contender.start(cluster, &job)?;
        first.wait_for("FIRST_RECORD")?;
        wait_for_share(cluster, &app, INPUT, AT)?;
        first.kill()?;
        let killed = SystemClock.now_ms();
        let mut second = contender.start(cluster, &job)?;
        let running = second.wait_for("STATE RUNNING")?;
        let restored = second.last_number("RESTORE_END");
        wait_until_drained(cluster, &job, INPUT, &mut second)?;
        second.stop()?;
        let counted = counted::counted(cluster, &job)?;
        let seconds = (running - killed) as f64 / 1e3;
        println!("| {} | {membership} | {seconds:.1} | {restored} | {counted} |", contender.name);
    }
    Ok(())
}
