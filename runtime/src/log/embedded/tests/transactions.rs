use super::*;
use crate::log::PartitionOffset;

fn offset(partition: &TopicPartition, offset: i64) -> PartitionOffset {
    PartitionOffset { partition: partition.clone(), offset }
}

#[test]
fn a_transaction_is_seen_as_a_whole_or_not_at_all() {
    let fixture = Fixture::new();
    let topic = fixture.topic("orders", 2, FOR_EVER);
    let [a, b] = [0, 1].map(|partition| TopicPartition::new(Arc::clone(&topic), partition));
    let committed = |fixture: &Fixture| fixture.log.committed("app", &[a.clone(), b.clone()]).unwrap();

    let mut writer = fixture.log.writer("w").unwrap();
    for number in 0..20 {
        put(&mut *writer, &a, "k", Some(&number.to_string())).unwrap();
    }
    put(&mut *writer, &b, "k", Some("b")).unwrap();
    writer.send_offsets("app", &[offset(&a, 7)]).unwrap();
    assert_eq!((fixture.end(&a), fixture.end(&b)), (0, 0));
    assert_eq!(committed(&fixture), [None, None]);

    let outcome = writer.commit().unwrap();
    assert_eq!(outcome.next_offsets, [offset(&a, 20), offset(&b, 1)]);
    assert_eq!((fixture.end(&a), fixture.end(&b)), (20, 1));
    assert_eq!(committed(&fixture), [Some(7), None]);

    put(&mut *writer, &a, "k", Some("dropped")).unwrap();
    writer.send_offsets("app", &[offset(&a, 8)]).unwrap();
    writer.abort();
    assert_eq!(writer.commit().unwrap().next_offsets, []);
    put(&mut *writer, &a, "k", Some("dropped too")).unwrap();
    drop(writer);

    let fixture = fixture.reopen();
    let expected: Vec<_> = (0..20).map(|number| number.to_string()).collect();
    assert_eq!(values(&fixture.read(&a)), expected);
    assert_eq!(values(&fixture.read(&b)), ["b"]);
    assert_eq!(committed(&fixture), [Some(7), None]);
}

#[test]
fn an_older_writer_is_fenced() {
    let fixture = Fixture::new();
    let partition = TopicPartition::new(fixture.topic("orders", 1, FOR_EVER), 0);
    let mut older = fixture.log.writer("task").unwrap();
    put(&mut *older, &partition, "k", Some("zombie")).unwrap();
    older.send_offsets("app", &[offset(&partition, 1)]).unwrap();
    let mut newer = fixture.log.writer("task").unwrap();
    let mut stranger = fixture.log.writer("other").unwrap();
    let error = older.commit().unwrap_err();
    assert!(matches!(&error, LogError::Fenced { transactional_id } if transactional_id == "task"), "{error}");
    put(&mut *newer, &partition, "k", Some("new")).unwrap();
    newer.commit().unwrap();
    put(&mut *stranger, &partition, "k", Some("stranger")).unwrap();
    stranger.commit().unwrap();
    put(&mut *older, &partition, "k", Some("zombie again")).unwrap();
    assert!(older.commit().is_err());
    assert_eq!(values(&fixture.read(&partition)), ["new", "stranger"]);
    assert_eq!(fixture.log.committed("app", &[partition]).unwrap(), [None]);
}

#[test]
fn groups_list_what_they_committed() {
    let fixture = Fixture::new();
    let topic = fixture.topic("orders", 2, FOR_EVER);
    let [a, b] = [0, 1].map(|partition| TopicPartition::new(Arc::clone(&topic), partition));
    let mut writer = fixture.log.writer("w").unwrap();
    writer.send_offsets("shop", &[offset(&b, 5), offset(&a, 3)]).unwrap();
    writer.send_offsets("lab", &[offset(&a, 1)]).unwrap();
    writer.commit().unwrap();
    writer.send_offsets("shop", &[offset(&a, 4)]).unwrap();
    writer.commit().unwrap();
    drop(writer);
    let fixture = fixture.reopen();
    let groups: Vec<_> = fixture.log.groups().unwrap().into_iter().map(|group| (group.group, group.offsets)).collect();
    assert_eq!(groups, [("lab".into(), vec![offset(&a, 1)]), ("shop".into(), vec![offset(&a, 4), offset(&b, 5)])]);
}

#[test]
fn a_record_over_the_limit_is_refused_and_the_rest_goes_on() {
    let fixture = Fixture::with(EmbeddedOptions { max_record_bytes: 1000, batch_bytes: 100, ..Default::default() });
    let partition = TopicPartition::new(fixture.topic("orders", 1, FOR_EVER), 0);
    let mut writer = fixture.log.writer("w").unwrap();
    let fits = "x".repeat(1000 - 1);
    put(&mut *writer, &partition, "k", Some(&fits)).unwrap();
    let headers = Headers::default().with("h", Some("v".into()));
    let too_large = writer.append(Append {
        topic: &partition.topic,
        partition: 0,
        key: Some(b"k"),
        value: Some(fits.as_bytes()),
        timestamp: 0,
        headers: &headers,
    });
    assert!(matches!(too_large, Err(LogError::RecordTooLarge { bytes: 1002, limit: 1000, .. })));
    writer.commit().unwrap();
    assert_eq!(values(&fixture.read(&partition)), [fits]);
}
