//! The producer: writes events at a steady pace and remembers which of them the brokers have acknowledged, and where.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::Message;
use rdkafka::config::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseRecord, DeliveryResult, Producer, ProducerContext, ThreadedProducer};

use super::events::{Event, events};
use super::topology::EVENTS;

/// Events written at once, and the time between.
const BATCH: usize = 10;
const PACE: Duration = Duration::from_millis(20);

/// Acknowledged events with their offsets.
#[derive(Default)]
struct Acknowledged(Mutex<Vec<(i64, Event)>>);

impl ClientContext for Acknowledged {}

impl ProducerContext for Acknowledged {
    type DeliveryOpaque = Box<Event>;

    fn delivery(&self, result: &DeliveryResult<'_>, event: Box<Event>) {
        // One that is not acknowledged is missing in the comparison with the topic, and shows there.
        if let Ok(message) = result {
            self.0.lock().unwrap().push((message.offset(), *event));
        }
    }
}

pub(crate) struct Feed {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Vec<Event>>,
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

    /// All acknowledged events, in the order of each partition.
    pub(crate) fn finish(self) -> Vec<Event> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

fn write(
    producer: &ThreadedProducer<Acknowledged>,
    mut events: impl Iterator<Item = Event>,
    stop: &AtomicBool,
) -> Vec<Event> {
    while !stop.load(Ordering::Relaxed) {
        events.by_ref().take(BATCH).for_each(|event| send(producer, event));
        std::thread::park_timeout(PACE);
    }
    producer.flush(Duration::from_secs(300)).unwrap();
    let mut acknowledged = std::mem::take(&mut *producer.context().0.lock().unwrap());
    acknowledged.sort_by_key(|(offset, event)| (event.partition, *offset));
    acknowledged.into_iter().map(|(_, event)| event).collect()
}

fn send(producer: &ThreadedProducer<Acknowledged>, event: Event) {
    let (value, partition, time) = (event.value(), event.partition as i32, event.time);
    let mut waiting = BaseRecord::with_opaque_to(EVENTS, Box::new(event))
        .partition(partition)
        .key("k")
        .payload(&value)
        .timestamp(time);
    while let Err((error, back)) = producer.send(waiting) {
        assert!(matches!(error, KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull)), "{error}");
        std::thread::park_timeout(PACE);
        waiting = back;
    }
}
