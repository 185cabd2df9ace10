//! A producer with the thread on which librdkafka tells what became of its records.

use std::io;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::error::KafkaError;
use rdkafka::producer::BaseProducer;

use super::events::Events;

/// One call of the binding's `poll` serves events for so long, and turns in circles for the last millisecond. Its own
/// `ThreadedProducer` calls ten times a second, which costs a hundredth of a core for each producer. Also how long an end may
/// take.
const SERVE: Duration = Duration::from_millis(500);

/// A producer that is served until it is dropped.
pub(super) struct ServedProducer {
    client: Arc<BaseProducer<Events>>,
    ended: Arc<AtomicBool>,
    server: Option<JoinHandle<()>>,
}

impl ServedProducer {
    /// # Errors
    /// Settings librdkafka refuses; and that of the system when it has no more threads.
    pub(super) fn new(config: &ClientConfig, events: Events) -> Result<Self, KafkaError> {
        let client: Arc<BaseProducer<Events>> = Arc::new(config.create_with_context(events)?);
        let ended = Arc::<AtomicBool>::default();
        let (served, end) = (Arc::clone(&client), Arc::clone(&ended));
        let serve = move || {
            while !end.load(Ordering::Relaxed) {
                served.poll(SERVE);
            }
        };
        let server = Builder::new().name("producer".to_owned()).spawn(serve);
        let server = server.map_err(|error| no_thread(&error))?;
        Ok(Self { client, ended, server: Some(server) })
    }
}

/// The system has no more threads.
pub(super) fn no_thread(error: &io::Error) -> KafkaError {
    KafkaError::ClientCreation(format!("no thread for a producer: {error}"))
}

impl Deref for ServedProducer {
    type Target = BaseProducer<Events>;

    fn deref(&self) -> &Self::Target {
        &self.client
    }
}

impl Drop for ServedProducer {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // A panic of the thread was told by the thread.
        let _ = self.server.take().map(JoinHandle::join);
    }
}
