//! A consumer of the results, with nothing of the engine: follows them all along and notes whatever is out of order.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::BorrowedMessage;
use rdkafka::{Message, Offset, TopicPartitionList};

use super::events::PARTITIONS;
use super::topology::COUNTED;

/// More than enough to see what went wrong.
const FAULTS_KEPT: usize = 20;

/// What was handed on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watched {
    /// The last count of each word.
    pub(crate) counts: BTreeMap<String, u64>,
    /// Counts that came twice, or too early.
    pub(crate) faults: Vec<String>,
    /// Records seen.
    pub(crate) total: u64,
    /// The next offset of each partition.
    pub(crate) next: [i64; PARTITIONS as usize],
}

impl Watched {
    fn see(&mut self, message: &BorrowedMessage<'_>) {
        let word = String::from_utf8(message.key().unwrap().to_vec()).unwrap();
        let count = u64::from_be_bytes(message.payload().unwrap().try_into().unwrap());
        let last = self.counts.insert(word.clone(), count).unwrap_or(0);
        self.total += 1;
        self.next[message.partition() as usize] = message.offset() + 1;
        if count != last + 1 && self.faults.len() < FAULTS_KEPT {
            let place = (message.partition(), message.offset());
            self.faults.push(format!("{word}: {count} after {last} at {place:?}"));
        }
    }
}

fn read_from(consumer: &BaseConsumer, next: [i64; PARTITIONS as usize]) {
    let mut list = TopicPartitionList::new();
    for (partition, offset) in (0..).zip(next) {
        list.add_partition_offset(COUNTED, partition, Offset::Offset(offset)).unwrap();
    }
    consumer.assign(&list).unwrap();
}

pub(crate) struct Watcher {
    stop: Arc<AtomicBool>,
    watched: Arc<Mutex<Watched>>,
    thread: JoinHandle<()>,
}

impl Watcher {
    pub(crate) fn start(bootstrap: &str) -> Self {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", bootstrap)
            .set("group.id", "watcher")
            .set("enable.auto.commit", "false")
            .set("isolation.level", "read_committed")
            .set("auto.offset.reset", "error")
            .set("reconnect.backoff.max.ms", "500")
            .create()
            .unwrap();
        read_from(&consumer, [0; PARTITIONS as usize]);
        let (stop, watched) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Watched::default())));
        let (stopped, seen) = (Arc::clone(&stop), Arc::clone(&watched));
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                match consumer.poll(Duration::from_millis(100)) {
                    Some(Ok(message)) => seen.lock().unwrap().see(&message),
                    // The client takes the log of a broker that was killed for a shorter one; by default it would go to its
                    // end, past what it has not seen.
                    Some(Err(KafkaError::MessageConsumption(RDKafkaErrorCode::AutoOffsetReset))) => {
                        read_from(&consumer, seen.lock().unwrap().next);
                    }
                    // Errors are the broker's absence; whatever else they may be shows as missing counts.
                    _ => {}
                }
            }
        });
        Self { stop, watched, thread }
    }

    /// Number of records seen so far.
    pub(crate) fn total(&self) -> u64 {
        self.watched.lock().unwrap().total
    }

    /// What was handed on up to now.
    pub(crate) fn watched(&self) -> Watched {
        self.watched.lock().unwrap().clone()
    }

    /// What was handed on up to the end.
    pub(crate) fn finish(self) -> Watched {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
        self.watched.lock().unwrap().clone()
    }
}
