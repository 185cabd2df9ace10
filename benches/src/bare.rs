//! W1 without an engine: a loop that consumes, parses and produces with the same client, and commits offsets now and then.
//! What an engine costs is what it takes more than this.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{ClientConfig, Message};

use crate::engine::{End, EngineArguments, say};
use crate::workloads::{Order, SmallOrder};

const COMMIT_INTERVAL: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs until SIGTERM.
pub(crate) fn run(arguments: &EngineArguments) -> Result<()> {
    let (end, stop) = (End::listen()?, Arc::new(AtomicBool::new(false)));
    let spawn = || {
        let (member, stop) = (Member::join(arguments)?, Arc::clone(&stop));
        Ok(std::thread::spawn(move || member.run(&stop)))
    };
    let threads = (0..arguments.threads).map(|_| spawn()).collect::<Result<Vec<_>>>()?;
    say("FIRST_RECORD");
    say("STATE RUNNING");
    end.wait();
    stop.store(true, Ordering::Relaxed);
    for thread in threads {
        thread.join().map_err(|_| anyhow!("a thread of the loop panicked"))??;
    }
    say("CLOSED");
    Ok(())
}

/// One consumer of the group with its producer.
struct Member {
    consumer: BaseConsumer,
    producer: BaseProducer,
    out: String,
}

impl Member {
    fn join(arguments: &EngineArguments) -> Result<Self> {
        let mut client = ClientConfig::new();
        client.set("bootstrap.servers", &arguments.boot);
        let mut consumer = client.clone();
        consumer
            .set("group.id", &arguments.app_id)
            .set("enable.auto.commit", "false")
            .set("auto.offset.reset", "earliest")
            .set("isolation.level", "read_committed")
            .set("check.crcs", "true");
        let consumer: BaseConsumer = consumer.create()?;
        consumer.subscribe(&["orders-big"])?;
        let producer = client.set("linger.ms", "5").set("enable.idempotence", "true").create()?;
        Ok(Self { consumer, producer, out: format!("{}-w1", arguments.out) })
    }

    fn run(&self, stop: &AtomicBool) -> Result<()> {
        let mut committed = Instant::now();
        let mut behind = false;
        while !stop.load(Ordering::Relaxed) {
            if let Some(message) = self.consumer.poll(COMMIT_INTERVAL) {
                self.process(&message?)?;
                behind = true;
            }
            if behind && committed.elapsed() >= COMMIT_INTERVAL {
                self.producer.flush(PATIENCE)?;
                // Refused while the group changes: what came since the last commit comes again, as in any such loop.
                behind = self.consumer.commit_consumer_state(CommitMode::Sync).is_err();
                committed = Instant::now();
            }
        }
        Ok(())
    }

    fn process(&self, message: &impl Message) -> Result<()> {
        let order: Order = serde_json::from_str(std::str::from_utf8(message.payload().unwrap_or_default())?)?;
        if !order.is_wanted() {
            return Ok(());
        }
        let json = serde_json::to_vec(&SmallOrder::of(&order))?;
        let timestamp = message.timestamp().to_millis().unwrap_or_default();
        let key = message.key().unwrap_or_default();
        let mut record = BaseRecord::to(&self.out).key(key).payload(&json).timestamp(timestamp);
        // A full queue empties while it is polled.
        while let Err((error, back)) = self.producer.send(record) {
            if error != KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull) {
                return Err(error.into());
            }
            self.producer.poll(Duration::from_millis(1));
            record = back;
        }
        self.producer.poll(Duration::ZERO);
        Ok(())
    }
}
