use std::time::{Duration, Instant};

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use tillstream_kafka_broker::Broker;
use tillstream_runtime::log::{Log, TopicPartition};

use super::harness::*;

/// The end of everything that is in the log, as a plain client that reads uncommitted records sees it.
pub(crate) fn high_watermark(partition: &TopicPartition) -> i64 {
    let broker = Broker::shared().unwrap();
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", broker.bootstrap())
        .set("isolation.level", "read_uncommitted")
        .create()
        .unwrap();
    consumer.fetch_watermarks(&partition.topic, partition.partition as i32, Duration::from_secs(10)).unwrap().1
}

#[test]
fn the_end_is_the_last_stable_offset() {
    let Some(log) = connect() else { return };
    let partition = partition(&log);
    commit(&log, &partition, &["a"]);
    let mut open = log.writer(&unique("writer")).unwrap();
    put(&mut *open, &partition, "open").unwrap();
    wait_until("the record is in the log", || high_watermark(&partition) == 3);
    let mut other = log.writer(&unique("writer")).unwrap();
    put(&mut *other, &partition, "committed behind the open one").unwrap();
    other.commit().unwrap();
    wait_until("the marker is in the log", || high_watermark(&partition) == 5);
    assert_eq!(end(&log, &partition), 2);
    open.commit().unwrap();
    wait_until("the last transaction ends", || end(&log, &partition) == 6);
}

#[test]
fn settled_offsets_take_in_every_commit_that_is_known() {
    let Some(log) = connect() else { return };
    let topic = topic(&log, 20);
    let partitions: Vec<_> = (0..20).map(|number| TopicPartition::new(topic.clone(), number)).collect();
    let mut writer = log.writer(&unique("writer")).unwrap();
    for round in 1..=20 {
        for partition in &partitions {
            put(&mut *writer, partition, "value").unwrap();
        }
        writer.commit().unwrap();
        let settled = log.settled_offsets(&partitions).unwrap();
        assert!(settled.iter().all(|range| range.end == 2 * round), "{round}: {settled:?}");
    }
}

#[test]
fn settled_offsets_wait_for_transactions_that_are_open() {
    let Some(log) = connect() else { return };
    let partition = partition(&log);
    let mut open = log.writer(&unique("writer")).unwrap();
    put(&mut *open, &partition, "open").unwrap();
    wait_until("the record is in the log", || high_watermark(&partition) == 1);
    let asking = {
        let log = log.clone();
        std::thread::spawn(move || (log.settled_offsets(&[partition]).unwrap(), Instant::now()))
    };
    std::thread::park_timeout(Duration::from_millis(300));
    let committing = Instant::now();
    open.commit().unwrap();
    let (settled, answered) = asking.join().unwrap();
    assert!(answered > committing, "it answered before the transaction ended");
    assert_eq!(settled[0].end, 2);
}
