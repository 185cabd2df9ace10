//! What a run took, as the operating system counts it.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// Clock ticks a second in `/proc`, on every Linux of the last twenty years.
const TICKS_PER_SECOND: f64 = 100.0;

/// Figures of one run.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Measurement {
    /// The workload.
    pub workload: String,
    /// Input events.
    pub events: u64,
    /// Records written to topics, changelogs included.
    pub written: u64,
    /// From start to all committed.
    pub wall_seconds: f64,
    /// User and system time of the process.
    pub cpu_seconds: f64,
    /// Peak resident memory.
    pub peak_rss_mib: f64,
    /// Events behind the grace of their window.
    pub late: u64,
}

impl Measurement {
    /// Column names.
    pub(crate) fn heading() -> &'static str {
        "| workload | events | events/s | events per CPU s | CPU s per M events | peak RSS MiB | written | late |\n|---|---|---|---|---|---|---|---|"
    }

    /// One line of the table.
    pub(crate) fn row(&self) -> String {
        let events = self.events as f64;
        format!(
            "| {} | {} | {:.0} | {:.0} | {:.2} | {:.0} | {} | {} |",
            self.workload,
            self.events,
            events / self.wall_seconds,
            events / self.cpu_seconds,
            self.cpu_seconds / events * 1e6,
            self.peak_rss_mib,
            self.written,
            self.late
        )
    }
}

/// CPU seconds a process (a number, or `self`) has used, all threads, user and system.
pub(crate) fn cpu_seconds(process: &str) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).context("/proc is needed to measure")?;
    let after_name = stat.rsplit_once(')').map(|(_, rest)| rest).unwrap_or_default();
    let ticks: f64 = after_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    Ok(ticks / TICKS_PER_SECOND)
}

/// Highest resident memory of a process so far, in MiB.
pub(crate) fn peak_rss_mib(process: &str) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).context("/proc is needed to measure")?;
    let kib = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok())
        .context("the kernel does not tell VmHWM")?;
    Ok(kib / 1024.0)
}
