//! The log's house-keeping on a thread of its own: retention, compaction, forced writes.

use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context as _;
use tillstream_config::{Fsync, Log as LogConfig};
use tillstream_runtime::log::Log as _;
use tillstream_runtime::log::embedded::EmbeddedLog;
use tillstream_runtime::{Clock as _, SystemClock};

use crate::shutdown::Shutdown;

/// Time between two steps of compaction: each is bounded, and changelogs grow all the time.
const STEP_EVERY: Duration = Duration::from_secs(5);

/// The running thread.
#[derive(Debug)]
pub(crate) struct Housekeeping {
    stop: Shutdown,
    thread: JoinHandle<()>,
}

impl Housekeeping {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub(crate) fn start(log: EmbeddedLog, config: &LogConfig) -> anyhow::Result<Self> {
        let stop = Shutdown::default();
        let sync_every = (config.fsync == Fsync::Interval).then(|| config.fsync_interval.as_duration());
        let step_every = STEP_EVERY.min(config.retention_check_interval.as_duration());
        let until = stop.clone();
        let thread = std::thread::Builder::new()
            .name("housekeeping".to_owned())
            .spawn(move || keep(&log, &until, step_every, sync_every))
            .context("the house-keeping thread cannot be started")?;
        Ok(Self { stop, thread })
    }

    /// Ends the thread after the step it is at.
    pub(crate) fn stop(self) {
        self.stop.request();
        if self.thread.join().is_err() {
            tracing::error!("the house-keeping thread had failed");
        }
    }
}

fn keep(log: &EmbeddedLog, stop: &Shutdown, step_every: Duration, sync_every: Option<Duration>) {
    let tick = sync_every.map_or(step_every, |sync| sync.min(step_every));
    let (mut since_step, mut since_sync) = (Duration::ZERO, Duration::ZERO);
    while stop.wait(tick) {
        since_step += tick;
        since_sync += tick;
        if sync_every.is_some_and(|every| since_sync >= every) {
            since_sync = Duration::ZERO;
            report("forced write", log.sync());
        }
        if since_step >= step_every {
            since_step = Duration::ZERO;
            report("house-keeping", log.maintain(SystemClock.now_ms()));
        }
    }
    if sync_every.is_some() {
        report("forced write", log.sync());
    }
}

fn report(what: &str, outcome: Result<(), tillstream_runtime::log::LogError>) {
    if let Err(error) = outcome {
        tracing::warn!(%error, "{what} of the log failed; it is tried again");
    }
}
