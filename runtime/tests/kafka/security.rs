//! Brokers that ask who comes: TLS, and a password by SCRAM.

use std::time::Duration;

use tillstream_kafka_broker::{Broker, Secured};
use tillstream_runtime::log::Log;
use tillstream_runtime::log::kafka::{KafkaLog, KafkaOptions};

use super::harness::*;

fn options_of(door: &Secured, change: &[(&str, &str)]) -> KafkaOptions {
    let certificate = door.certificate();
    let mut client = vec![
        ("security.protocol", "SASL_SSL"),
        ("sasl.mechanism", "SCRAM-SHA-512"),
        ("sasl.username", Secured::USER),
        ("sasl.password", Secured::PASSWORD),
        ("ssl.ca.location", certificate.to_str().unwrap()),
    ];
    client.extend(change);
    let client = client.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    KafkaOptions { client, request_timeout: Duration::from_secs(5), ..KafkaOptions::new(door.bootstrap()) }
}

#[test]
fn with_tls_and_a_password_all_clients_are_let_in_and_nobody_without() {
    let Some(broker) = Broker::or_skip(Broker::start_secured()) else { return };
    let door = broker.secured().unwrap();
    let log = KafkaLog::connect(options_of(door, &[])).unwrap();
    // Asking, writing, reading, holding leases and committing as a member: every kind of client.
    let partition = partition(&log);
    commit(&log, &partition, &["one", "two"]);
    assert_eq!(values(&read(&log, &partition)), ["one", "two"]);
    let group = unique("group");
    let mut member = log.join(&member(&group, 1, "one")).unwrap();
    wait_until("the task is granted", || !member.poll().unwrap().is_empty());
    let mut writer = member.writer().unwrap();
    writer.send_offsets(&group, &[next(&partition, 2)]).unwrap();
    writer.commit().unwrap();
    assert_eq!(log.committed(&group, &[partition]).unwrap(), [Some(2)]);

    let refused = |change: &[(&str, &str)]| {
        let refused = KafkaLog::connect(options_of(door, change)).and_then(|log| log.topics());
        refused.unwrap_err().to_string().to_lowercase()
    };
    let wrong = refused(&[("sasl.password", "guessed")]);
    assert!(wrong.contains("authentication"), "{wrong}");
    // The system's authorities do not know the broker.
    let stranger = refused(&[("ssl.ca.location", "probe")]);
    assert!(stranger.contains("certificate"), "{stranger}");
    let open = refused(&[("security.protocol", "PLAINTEXT")]);
    assert!(open.contains("security.protocol") || open.contains("disconnected"), "{open}");
}
