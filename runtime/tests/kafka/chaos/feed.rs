//! The producer: writes events at a steady pace and remembers which of them the brokers have acknowledged, and where.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseRecord, DeliveryResult, Producer, ProducerContext, ThreadedProducer};

use super::events::{Event, events};
use super::topology::EVENTS;

/// Events written at once, and the time between.
const BATCH: usize = 10;
const PACE: Duration = Duration::from_millis(20);

/// Numbers of the events that were acknowledged.
#[derive(Default)]
struct Acknowledged(Mutex<Vec<u64>>);

impl ClientContext for Acknowledged {}

impl ProducerContext for Acknowledged {
    type DeliveryOpaque = Box<u64>;

    fn delivery(&self, result: &DeliveryResult<'_>, number: Box<u64>) {
        // One that is not acknowledged is missing in the comparison with the topic, and shows there.
        if result.is_ok() {
            self.0.lock().unwrap().push(*number);
        }
    }
}

pub(crate) struct Feed {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Vec<u64>>,
}

impl Feed {
    pub(crate) fn start(bootstrap: &str, seed: u64) -> Self {
        let producer = ClientConfig::new()
            .set("bootstrap.servers", bootstrap)
            .set("enable.idempotence", "true")
            .set("acks", "all")
            // Longer than any outage: nothing is given up, so nothing is in doubt.
            .set("message.timeout.ms", "300000")
            .set("reconnect.backoff.max.ms", "500")
            .create_with_context(Acknowledged::default())
            .unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || write(&producer, events(seed), &stopped));
        Self { stop, thread }
    }

    /// The numbers of all acknowledged events, in order.
    pub(crate) fn finish(self) -> Vec<u64> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

fn write(
    producer: &ThreadedProducer<Acknowledged>,
    mut events: impl Iterator<Item = Event>,
    stop: &AtomicBool,
) -> Vec<u64> {
    while !stop.load(Ordering::Relaxed) {
        events.by_ref().take(BATCH).for_each(|event| send(producer, &event));
        std::thread::park_timeout(PACE);
    }
    producer.flush(Duration::from_secs(300)).unwrap();
    let mut acknowledged = std::mem::take(&mut *producer.context().0.lock().unwrap());
    acknowledged.sort_unstable();
    acknowledged
}

fn send(producer: &ThreadedProducer<Acknowledged>, event: &Event) {
    let (key, value) = (event.number.to_string(), event.value());
    let mut waiting = BaseRecord::with_opaque_to(EVENTS, Box::new(event.number))
        .partition(event.partition as i32)
        .key(&key)
        .payload(&value)
        .timestamp(event.time);
    while let Err((error, back)) = producer.send(waiting) {
        assert!(matches!(error, KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull)), "{error}");
        std::thread::park_timeout(PACE);
        waiting = back;
    }
}
