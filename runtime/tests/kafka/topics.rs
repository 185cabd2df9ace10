use tillstream_kafka_broker::Broker;
use tillstream_runtime::log::kafka::{KafkaLog, KafkaOptions};
use tillstream_runtime::log::{CleanupPolicy, Log, LogError, TopicPartition, TopicSpec};

use super::harness::*;

fn spec(name: &str, partitions: u32, policy: CleanupPolicy) -> TopicSpec {
    TopicSpec { name: name.into(), partitions, policy }
}

#[test]
fn topics_are_created_once_with_their_shape() {
    let Some(log) = connect() else { return };
    let [kept, compacted, cut, forgotten] = ["kept", "compacted", "cut", "forgotten"].map(unique);
    let wanted = [
        spec(&kept, 2, FOR_EVER),
        spec(&compacted, 3, CleanupPolicy::Compact),
        spec(&cut, 1, CleanupPolicy::CompactAndDelete),
        spec(&forgotten, 1, CleanupPolicy::Delete { retention_ms: Some(86_400_000) }),
    ];
    log.create_topics(&wanted).unwrap();
    log.create_topics(&wanted).unwrap();
    let topics = log.topics().unwrap();
    assert!(topics.is_sorted_by(|a, b| a.name < b.name));
    assert!(topics.iter().all(|topic| !topic.name.starts_with("__")));
    for spec in &wanted {
        let found = topics.iter().find(|topic| topic.name == spec.name).unwrap();
        assert_eq!((found.partitions, found.policy), (spec.partitions, spec.policy));
    }
}

#[test]
fn another_shape_is_refused_and_nothing_is_created_with_it() {
    let Some(log) = connect() else { return };
    let [orders, new] = ["orders", "new"].map(unique);
    log.create_topics(&[spec(&orders, 2, FOR_EVER)]).unwrap();
    for (partitions, policy) in [(3, FOR_EVER), (2, CleanupPolicy::Compact), (2, CleanupPolicy::CompactAndDelete)] {
        let error = log.create_topics(&[spec(&new, 1, FOR_EVER), spec(&orders, partitions, policy)]).unwrap_err();
        assert!(matches!(error, LogError::TopicMismatch { .. }), "{error}");
        assert!(error.to_string().contains("2 partitions, cleanup.policy=delete"), "{error}");
    }
    log.create_topics(&[spec("none", 0, FOR_EVER)]).unwrap_err();
    log.create_topics(&[spec("a name", 1, FOR_EVER)]).unwrap_err();
    log.create_topics(&[spec(&new, 1, FOR_EVER), spec(&new, 2, FOR_EVER)]).unwrap_err();
    assert!(log.topics().unwrap().iter().all(|topic| *topic.name != new));
}

#[test]
fn instances_that_create_the_same_topics_at_once_agree() {
    let Some(log) = connect() else { return };
    let wanted: Vec<_> = (0..4).map(|_| spec(&unique("shared"), 2, CleanupPolicy::Compact)).collect();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| log.create_topics(&wanted))).collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap().unwrap());
    });
}

#[test]
fn what_does_not_exist_is_an_error() {
    let Some(log) = connect() else { return };
    let topic = topic(&log, 2);
    for missing in [TopicPartition::new(unique("nothing"), 0), TopicPartition::new(topic, 2)] {
        let unknown = |error: LogError| assert!(matches!(error, LogError::UnknownTopic(which) if which == missing));
        unknown(log.reader().unwrap().assign(&missing, 0).unwrap_err());
        unknown(log.offsets(std::slice::from_ref(&missing)).unwrap_err());
        unknown(log.delete_records(&missing, 0).unwrap_err());
        assert_eq!(log.committed(&unique("group"), std::slice::from_ref(&missing)).unwrap(), [None]);
        assert!(log.topics().unwrap().iter().all(|topic| topic.name != missing.topic || topic.partitions == 2));
    }
}

#[test]
fn deleted_records_are_gone_and_the_rest_stays() {
    let Some(log) = connect() else { return };
    let partition = partition(&log);
    commit(&log, &partition, &["a", "b", "c"]);
    log.delete_records(&partition, 2).unwrap();
    log.delete_records(&partition, 1).unwrap();
    assert_eq!(log.offsets(std::slice::from_ref(&partition)).unwrap()[0].start, 2);
    assert_eq!(values(&read(&log, &partition)), ["c"]);
    let error = log.delete_records(&partition, 99).unwrap_err();
    assert!(matches!(error, LogError::OffsetOutOfRange { offset: 99, start: 2, end: 4, .. }), "{error}");
}

#[test]
fn records_of_a_changelog_are_deleted_only_where_rows_expire() {
    let Some(log) = connect() else { return };
    let [compacted, cut] = ["compacted", "cut"].map(|name| TopicPartition::new(unique(name), 0));
    let policies = [(&compacted, CleanupPolicy::Compact), (&cut, CleanupPolicy::CompactAndDelete)];
    let specs = policies.map(|(partition, policy)| spec(&partition.topic, 1, policy));
    log.create_topics(&specs).unwrap();
    // A key each: of several records with one key the brokers may remove all but the last at any moment.
    for partition in [&compacted, &cut] {
        commit_rows(&log, partition, ["a", "b", "c"].map(|name| (name, name)));
    }
    log.delete_records(&compacted, 2).unwrap_err();
    log.delete_records(&cut, 2).unwrap();
    assert_eq!(values(&read(&log, &compacted)), ["a", "b", "c"]);
    assert_eq!(values(&read(&log, &cut)), ["c"]);
    let error = log.create_topics(&[spec(&compacted.topic, 1, CleanupPolicy::CompactAndDelete)]).unwrap_err();
    assert!(error.to_string().contains("1 partitions, cleanup.policy=compact"), "{error}");
}

#[test]
fn a_setting_that_is_none_is_refused_before_anything_is_sent() {
    let Some(broker) = Broker::shared() else { return };
    for (key, value) in [("no.such.setting", "1"), ("enable.idempotence", "false"), ("security.protocol", "nonsense")] {
        let mut options = KafkaOptions::new(broker.bootstrap());
        options.client.insert(key.to_owned(), value.to_owned());
        let error = KafkaLog::connect(options).unwrap_err();
        assert!(matches!(&error, LogError::BadSetting { setting, .. } if setting.ends_with(key)), "{error}");
    }
}
