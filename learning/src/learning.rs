//! Learning as it runs: threads beside the stream threads.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use prometheus::Registry;
use tillstream_processors::recommendations::Recommendations;
use tillstream_runtime::Clock;
use tillstream_runtime::log::Log;

use crate::exposures::write_exposures;
use crate::following::follow;
use crate::metrics::LearningMetrics;
use crate::shared::Shared;
use crate::training::learn;
use crate::{LearningError, LearningSettings, Trainer};

/// What learning works with.
#[derive(Debug)]
pub struct Parts<'a> {
    /// Where models are published.
    pub log: Arc<dyn Log>,
    /// What is learned from, and who serves what was learned.
    pub recommendations: Recommendations,
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// How.
    pub settings: LearningSettings,
    /// The name of the application: the prefix of transactional ids.
    pub application_id: &'a str,
    /// The name of this instance: part of transactional ids.
    pub instance: &'a str,
    /// The largest record the log takes.
    pub record_max_bytes: usize,
    /// Where metrics are registered.
    pub registry: &'a Registry,
}

/// The threads that learn and that follow what was learned. Dropping it stops them.
#[derive(Debug)]
pub struct Learning {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl Learning {
    /// Starts the threads.
    ///
    /// # Errors
    /// When a setting is out of range, or the system has no threads to give.
    pub fn start(parts: Parts<'_>) -> Result<Self, LearningError> {
        let metrics = LearningMetrics::new(parts.registry)?;
        let trainer = Trainer::new(parts.settings.clone())?;
        let shared = Arc::new(Shared::new(parts, metrics));
        let mut learning = Self { shared, threads: Vec::new() };
        learning.spawn("models", follow)?;
        learning.spawn("exposures", write_exposures)?;
        learning.spawn("learning", move |shared| learn(shared, trainer))?;
        Ok(learning)
    }

    fn spawn(&mut self, name: &str, work: impl FnOnce(&Shared) + Send + 'static) -> Result<(), LearningError> {
        let shared = Arc::clone(&self.shared);
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || work(&shared))?;
        self.threads.push(thread);
        Ok(())
    }

    /// Asks for a training now and waits for it, at most `patience`; answers whether what came of it is being served, if
    /// anything came of it. Another instance may be the one that trains: then it is not waited for.
    pub fn train_now(&self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        self.shared.request_and_wait(deadline)
    }

    /// Ends the threads after the round they are at.
    pub fn stop(&mut self) {
        self.shared.request_stop();
        for thread in self.threads.drain(..) {
            thread.thread().unpark();
            if thread.join().is_err() {
                tracing::error!("a thread of learning had failed");
            }
        }
    }
}

impl Drop for Learning {
    fn drop(&mut self) {
        self.stop();
    }
}
