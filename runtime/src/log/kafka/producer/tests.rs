//! A producer and a broker that goes away in the middle of a commit.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::producer::Producer as _;
use tillstream_kafka_broker::Broker;
use tillstream_stores::Headers;

use super::super::KafkaOptions;
use super::super::outcome::Failure;
use super::{Cluster, Code, Producer, failure, until};
use crate::log::{Append, CleanupPolicy, TopicSpec};

fn begin_and_send(producer: &mut Producer, topic: &Arc<str>) {
    producer.begin().unwrap();
    let (key, value, headers) = (None, Some(&b"value"[..]), &Headers::default());
    let record = Append { topic, partition: 0, key, value, timestamp: 1, headers };
    producer.send(&record, 0, Duration::from_secs(30)).unwrap();
    producer.settle(deadline()).unwrap();
}

fn deadline() -> Instant {
    Instant::now() + Duration::from_secs(30)
}

/// A producer of a broker of its own, and the topic it may write.
fn connected(broker: &Broker) -> (Producer, Arc<str>) {
    let patient = Duration::from_secs(30);
    let options = KafkaOptions { transaction_timeout: patient, ..KafkaOptions::new(broker.bootstrap()) };
    let cluster = Cluster::connect(options).unwrap();
    let topic: Arc<str> = "topic".into();
    let policy = CleanupPolicy::Delete { retention_ms: None };
    cluster.create_topics(&[TopicSpec { name: Arc::clone(&topic), partitions: 1, policy }]).unwrap();
    (Producer::connect(&cluster, "writer").unwrap(), topic)
}

/// A second try without time makes librdkafka end the process when the answer to the first comes. Not each time: so tries are
/// counted.
#[test]
fn a_commit_that_ran_out_of_time_is_not_tried_again() {
    let Some(broker) = Broker::or_skip(Broker::start_own()) else { return };
    let (mut producer, topic) = connected(&broker);
    begin_and_send(&mut producer, &topic);
    broker.pause().unwrap();
    let mut tries = 0;
    let late = until(Instant::now() + Duration::from_secs(1), |left| {
        tries += 1;
        producer.client.commit_transaction(left)
    })
    .unwrap_err();
    assert_eq!((tries, failure::code(&late)), (1, Some(Code::OperationTimedOut)));
    assert!(matches!(Failure::at_commit(&producer, &late), Failure::InDoubt(_)));
    broker.resume().unwrap();
    // Time for the answer.
    std::thread::park_timeout(Duration::from_millis(500));
    assert_eq!(producer.fatal_error(), None);
}

#[test]
fn f_8_a_commit_during_which_the_connection_was_cut_may_have_been_repeated() {
    let Some(broker) = Broker::or_skip(Broker::start_own()) else { return };
    let (mut producer, topic) = connected(&broker);
    for _ in 0..5 {
        begin_and_send(&mut producer, &topic);
        assert_eq!(producer.commit(deadline()).unwrap().len(), 1);
        assert!(!producer.is_doubtful());
    }
    begin_and_send(&mut producer, &topic);
    broker.pause().unwrap();
    let restarting = std::thread::spawn(move || {
        std::thread::park_timeout(Duration::from_millis(300));
        broker.kill().unwrap();
        broker.restart().unwrap();
        broker
    });
    producer.commit(deadline()).unwrap();
    assert!(producer.is_doubtful());
    drop(restarting.join().unwrap());
}
