use super::*;
use crate::log::embedded::batch::Producer;
use crate::log::embedded::keys::{FORMAT_VERSION, META, VERSION_KEY};
use tillstream_stores::rocks::Durability;

#[test]
fn topics_are_created_once_and_survive() {
    let fixture = Fixture::new();
    fixture.topic("b", 2, FOR_EVER);
    fixture.topic("a", 3, CleanupPolicy::Compact);
    fixture.topic("b", 2, FOR_EVER);
    let fixture = fixture.reopen();
    fixture.topic("c", 1, CleanupPolicy::Delete { retention_ms: Some(9) });
    let fixture = fixture.reopen();
    let found: Vec<_> =
        fixture.log.topics().unwrap().into_iter().map(|topic| (topic.name, topic.partitions, topic.policy)).collect();
    let expected = [
        ("a".into(), 3, CleanupPolicy::Compact),
        ("b".into(), 2, FOR_EVER),
        ("c".into(), 1, CleanupPolicy::Delete { retention_ms: Some(9) }),
    ];
    assert_eq!(found, expected);
}

#[test]
fn another_shape_is_refused_and_nothing_is_created_with_it() {
    let fixture = Fixture::new();
    fixture.topic("orders", 2, FOR_EVER);
    let spec = |name: &str, partitions, policy| TopicSpec { name: name.into(), partitions, policy };
    for (partitions, policy) in [(3, FOR_EVER), (2, CleanupPolicy::Compact)] {
        let wanted = [spec("new", 1, FOR_EVER), spec("orders", partitions, policy)];
        let error = fixture.log.create_topics(&wanted).unwrap_err();
        assert!(matches!(error, LogError::TopicMismatch { .. }), "{error}");
        assert!(error.to_string().contains("2 partitions, kept for ever"), "{error}");
    }
    assert!(fixture.log.create_topics(&[spec("none", 0, FOR_EVER)]).is_err());
    assert!(fixture.log.create_topics(&[spec("twice", 1, FOR_EVER), spec("twice", 2, FOR_EVER)]).is_err());
    assert_eq!(fixture.log.topics().unwrap().len(), 1);
}

#[test]
fn what_does_not_exist_is_an_error() {
    let fixture = Fixture::new();
    let topic = fixture.topic("orders", 2, FOR_EVER);
    for missing in [TopicPartition::new("nothing", 0), TopicPartition::new(topic, 2)] {
        let unknown = |error: LogError| assert!(matches!(error, LogError::UnknownTopic(which) if which == missing));
        unknown(fixture.log.reader().unwrap().assign(&missing, 0).unwrap_err());
        unknown(fixture.log.offsets(std::slice::from_ref(&missing)).unwrap_err());
        unknown(fixture.log.delete_records(&missing, 0).unwrap_err());
        unknown(put(&mut *fixture.log.writer("w").unwrap(), &missing, "k", None).unwrap_err());
        assert_eq!(fixture.log.committed("group", std::slice::from_ref(&missing)).unwrap(), [None]);
    }
}

#[test]
fn a_directory_has_one_owner() {
    let fixture = Fixture::new();
    let second = EmbeddedLog::open(fixture.dir.path(), fixture.options, resources()).unwrap_err();
    let path = fixture.dir.path().display().to_string();
    assert!(matches!(&second, LogError::Locked { path: found } if *found == path), "{second}");
    fixture.reopen();
}

#[test]
fn an_unknown_format_is_refused() {
    let fixture = Fixture::new();
    let newer = (FORMAT_VERSION + 1).to_be_bytes();
    let store = &fixture.log.shared.store;
    store.write(Durability::Sync, |batch| batch.put(META, VERSION_KEY, &newer)).unwrap();
    let Fixture { dir, options, log } = fixture;
    drop(log);
    let error = EmbeddedLog::open(dir.path(), options, resources()).unwrap_err();
    assert!(error.to_string().contains("use the version that wrote it"), "{error}");
}

#[test]
fn writers_are_numbered_for_good() {
    let fixture = Fixture::new();
    let register = |fixture: &Fixture, id: &str| fixture.log.shared.register_writer(&id.into()).unwrap();
    assert_eq!(register(&fixture, "a"), Producer { id: 1, epoch: 0 });
    assert_eq!(register(&fixture, "b"), Producer { id: 2, epoch: 0 });
    let fixture = fixture.reopen();
    assert_eq!(register(&fixture, "a"), Producer { id: 1, epoch: 1 });
}
