//! The engine places records itself: as the Java client would.

use std::collections::BTreeMap;
use std::process::Stdio;

use tillstream_kafka_broker::{Broker, Jars};
use tillstream_runtime::log::TopicPartition;
use tillstream_runtime::partitioner::partition_for;

use super::harness::*;

const KEYS: usize = 1_000;
const PARTITIONS: u32 = 7;

#[test]
fn ks_1_keys_go_where_the_java_client_puts_them() {
    let Some(log) = connect() else { return };
    let Some(broker) = Broker::shared() else { return };
    let Ok(jars) = Jars::fetch() else { return };
    let topic = topic(&log, PARTITIONS);
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/kafka/Produce.java");
    let output = jars
        .java("-Xmx128m")
        .args([source, broker.bootstrap(), &topic, &KEYS.to_string()])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut placed = BTreeMap::new();
    for number in 0..PARTITIONS {
        for record in read(&log, &TopicPartition::new(topic.clone(), number)) {
            placed.insert(record.key.unwrap(), number);
        }
    }
    assert_eq!(placed.len(), KEYS);
    for (key, partition) in placed {
        assert_eq!(partition_for(&key, PARTITIONS), partition, "{key:?}");
    }
}
