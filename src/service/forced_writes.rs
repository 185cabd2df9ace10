//! Forcing the embedded log to disk at an interval, on a thread of its own.

use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context as _;
use tillstream_runtime::log::embedded::EmbeddedLog;

use crate::shutdown::Shutdown;

/// The running thread.
#[derive(Debug)]
pub(crate) struct ForcedWrites {
    stop: Shutdown,
    thread: JoinHandle<()>,
}

impl ForcedWrites {
    /// Starts forcing what `log` has written, each time `interval` is over.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub(crate) fn start(log: EmbeddedLog, interval: Duration) -> anyhow::Result<Self> {
        let stop = Shutdown::default();
        let until = stop.clone();
        let thread = std::thread::Builder::new()
            .name("forced-writes".to_owned())
            .spawn(move || {
                while until.wait(interval) {
                    force(&log);
                }
                force(&log);
            })
            .context("the thread that forces the log to disk cannot be started")?;
        Ok(Self { stop, thread })
    }

    /// Ends the thread after a last write.
    pub(crate) fn stop(self) {
        self.stop.request();
        if self.thread.join().is_err() {
            tracing::error!("the thread that forces the log to disk had failed");
        }
    }
}

fn force(log: &EmbeddedLog) {
    if let Err(error) = log.sync() {
        tracing::warn!(%error, "the log could not be forced to disk; it is tried again");
    }
}
