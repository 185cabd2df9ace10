//! The wish to stop, shared by all who must hear of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::sync::Notify;

/// Longest time a waiting thread does not look whether it should stop.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Tells threads and futures that the program should stop. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shutdown(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    requested: AtomicBool,
    changed: Notify,
}

impl Shutdown {
    /// Asks everybody to stop.
    pub(crate) fn request(&self) {
        self.0.requested.store(true, Ordering::Release);
        self.0.changed.notify_waiters();
    }

    /// Whether somebody asked.
    pub(crate) fn is_requested(&self) -> bool {
        self.0.requested.load(Ordering::Acquire)
    }

    /// Ends once somebody asks.
    pub(crate) async fn requested(&self) {
        let changed = self.0.changed.notified();
        if !self.is_requested() {
            changed.await;
        }
    }

    /// Waits on this thread; `false` if it should stop.
    pub(crate) fn wait(&self, time: Duration) -> bool {
        let until = Instant::now() + time;
        while !self.is_requested() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            thread::park_timeout(left.min(LOOK_EVERY));
        }
        false
    }

    /// Asks on ctrl-C or SIGTERM; a second one ends the process at once. Heard on a thread of its own till the end of the
    /// process: a stop that takes long, after HTTP has ended, is when somebody may lose patience.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub(crate) fn hear_signals(&self) -> anyhow::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.context("signals cannot be heard")?;
        let shutdown = self.clone();
        let thread = thread::Builder::new().name("signals".to_owned());
        thread.spawn(move || runtime.block_on(shutdown.listen())).context("signals cannot be heard")?;
        Ok(())
    }

    async fn listen(self) {
        if signal().await.is_ok() {
            tracing::info!("stopping; once more to stop at once");
            self.request();
            if signal().await.is_ok() {
                tracing::warn!("stopped at once; what was not committed is processed again at the next start");
                std::process::exit(1);
            }
        }
    }
}

#[cfg(unix)]
async fn signal() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        outcome = tokio::signal::ctrl_c() => outcome,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn signal() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_ends_with_the_time_or_the_request() {
        let shutdown = Shutdown::default();
        assert!(shutdown.wait(Duration::from_millis(1)));
        let other = shutdown.clone();
        let waiting = thread::spawn(move || other.wait(Duration::from_secs(60)));
        shutdown.request();
        assert!(!waiting.join().unwrap());
    }

    #[tokio::test]
    async fn a_request_before_the_wait_is_heard_too() {
        let shutdown = Shutdown::default();
        shutdown.request();
        tokio::time::timeout(Duration::from_secs(5), shutdown.requested()).await.unwrap();
    }
}
