//! A broker of their own, which the tests stop and freeze.

use std::time::{Duration, Instant};

use tillstream_kafka_broker::Broker;
use tillstream_runtime::log::kafka::{KafkaLog, KafkaOptions};
use tillstream_runtime::log::{Log, LogError};

use super::harness::*;

#[test]
fn nobody_answers_in_bounded_time_and_with_advice() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = listener.local_addr().unwrap().to_string();
    for servers in ["127.0.0.1:1", &silent, "no.such.host.invalid:9092"] {
        let started = Instant::now();
        let options = KafkaOptions { request_timeout: Duration::from_secs(2), ..KafkaOptions::new(servers) };
        let error = KafkaLog::connect(options).unwrap_err();
        assert!(matches!(error, LogError::Unreachable { .. }) && error.is_retriable(), "{error}");
        assert!(error.to_string().contains(servers), "{error}");
        assert!(error.to_string().contains("check that the brokers run"), "{error}");
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    }
}

#[test]
fn a_broker_that_goes_away_comes_back_without_loss_or_doubles() {
    let Some(broker) = Broker::or_skip(Broker::start_own()) else { return };
    let options = KafkaOptions {
        transaction_timeout: Duration::from_secs(30),
        session_timeout: Duration::from_secs(15),
        ..KafkaOptions::new(broker.bootstrap())
    };
    let log = KafkaLog::connect(options).unwrap();
    let partition = partition(&log);
    let group = unique("group");
    let mut membership = log.join(&member(&group, 1, "one")).unwrap();
    wait_until("the task is granted", || !membership.poll().unwrap().is_empty());
    let mut writer = membership.writer().unwrap();
    let mut reader = log.reader().unwrap();
    reader.assign(&partition, 0).unwrap();

    put(&mut *writer, &partition, "before").unwrap();
    writer.send_offsets(&group, &[next(&partition, 1)]).unwrap();
    writer.commit().unwrap();
    put(&mut *writer, &partition, "in the middle").unwrap();
    writer.send_offsets(&group, &[next(&partition, 2)]).unwrap();
    broker.stop().unwrap();
    let restarting = std::thread::spawn(move || {
        std::thread::park_timeout(Duration::from_secs(1));
        broker.restart().unwrap();
        broker
    });
    writer.commit().unwrap();
    put(&mut *writer, &partition, "after").unwrap();
    writer.send_offsets(&group, &[next(&partition, 3)]).unwrap();
    writer.commit().unwrap();
    let end = log.settled_offsets(std::slice::from_ref(&partition)).unwrap()[0].end;
    let read = read_to(&mut *reader, &partition, end);
    assert_eq!(values(&read), ["before", "in the middle", "after"]);
    assert_eq!(log.committed(&group, &[partition]).unwrap(), [Some(3)]);
    drop(restarting.join().unwrap());
}

#[test]
fn a_commit_without_an_answer_is_in_doubt_and_resolved_by_the_next_writer() {
    let Some(broker) = Broker::or_skip(Broker::start_own()) else { return };
    let options = KafkaOptions {
        transaction_timeout: Duration::from_secs(3),
        request_timeout: Duration::from_secs(2),
        ..KafkaOptions::new(broker.bootstrap())
    };
    let log = KafkaLog::connect(options).unwrap();
    let partition = partition(&log);
    let mut writer = log.writer("shop").unwrap();
    put(&mut *writer, &partition, "first").unwrap();
    writer.commit().unwrap();
    put(&mut *writer, &partition, "second").unwrap();
    // Let it reach the broker, so that nothing but the end of the transaction is missing.
    std::thread::park_timeout(Duration::from_millis(300));
    broker.pause().unwrap();
    let started = Instant::now();
    let error = writer.commit().unwrap_err();
    assert!(matches!(error, LogError::InDoubt { .. }), "{error}");
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    assert!(matches!(put(&mut *writer, &partition, "more"), Err(LogError::InDoubt { .. })));
    let unreachable = log.writer("shop").unwrap_err();
    assert!(unreachable.is_retriable(), "{unreachable}");
    drop(writer);
    broker.resume().unwrap();
    let mut next_writer = None;
    wait_until("a new writer", || {
        next_writer = log.writer("shop").ok();
        next_writer.is_some()
    });
    let mut writer = next_writer.unwrap();
    log.settled_offsets(std::slice::from_ref(&partition)).unwrap();
    let after = values(&read(&log, &partition)).len();
    put(&mut *writer, &partition, "third").unwrap();
    writer.commit().unwrap();
    let records = read(&log, &partition);
    assert_eq!(records.len(), after + 1, "what the doubtful commit left behind does not change any more");
    assert_eq!(values(&records).last(), Some(&"third"));
}

#[test]
fn letting_go_of_everything_does_not_wait_for_a_broker_that_is_silent() {
    let Some(broker) = Broker::or_skip(Broker::start_own()) else { return };
    let options = KafkaOptions { request_timeout: Duration::from_secs(2), ..KafkaOptions::new(broker.bootstrap()) };
    let log = KafkaLog::connect(options).unwrap();
    let partition = partition(&log);
    let mut membership = log.join(&member(&unique("group"), 1, "one")).unwrap();
    wait_until("the task is granted", || !membership.poll().unwrap().is_empty());
    let mut writer = membership.writer().unwrap();
    put(&mut *writer, &partition, "never committed").unwrap();
    let mut reader = log.reader().unwrap();
    reader.assign(&partition, 0).unwrap();
    broker.pause().unwrap();
    assert_eq!(poll_for(&mut *reader, Duration::from_millis(500)).len(), 0);
    let error = log.offsets(std::slice::from_ref(&partition)).unwrap_err();
    assert!(error.is_retriable(), "{error}");
    for (name, let_go) in [
        ("reader", Box::new(move || drop(reader)) as Box<dyn FnOnce()>),
        ("writer", Box::new(move || drop(writer))),
        ("membership", Box::new(move || drop(membership))),
        ("log", Box::new(move || drop(log))),
    ] {
        let started = Instant::now();
        let_go();
        assert!(started.elapsed() < Duration::from_secs(8), "{name}: {:?}", started.elapsed());
        eprintln!("{name}: {:?}", started.elapsed());
    }
}
