use super::*;

const HOUR: i64 = 3_600_000;

fn stored_batches(fixture: &Fixture, partition: &TopicPartition) -> usize {
    let shared = &fixture.log.shared;
    let partition = shared.partition(partition).unwrap();
    shared.stored_batches(&partition, 0, i64::MAX, usize::MAX).unwrap().0.len()
}

#[test]
fn records_go_after_their_time_whatever_their_timestamps_say() {
    let fixture = Fixture::new();
    let partition =
        TopicPartition::new(fixture.topic("orders", 1, CleanupPolicy::Delete { retention_ms: Some(HOUR) }), 0);
    let forever = TopicPartition::new(fixture.topic("kept", 1, FOR_EVER), 0);
    let now = 1_000 * HOUR;
    commit(&fixture.log, &partition, &["old"; 50]);
    commit(&fixture.log, &forever, &["kept"]);
    fixture.log.maintain(now).unwrap();
    assert_eq!(fixture.start(&partition), 0, "the timestamps are 0, yet they were appended just now");

    let fixture = fixture.reopen();
    fixture.log.maintain(now + HOUR / 2).unwrap();
    commit(&fixture.log, &partition, &["new"; 5]);
    fixture.log.maintain(now + HOUR - 1).unwrap();
    assert_eq!(fixture.start(&partition), 0);
    fixture.log.maintain(now + HOUR).unwrap();
    assert_eq!((fixture.start(&partition), fixture.end(&partition)), (50, 55));
    assert_eq!(values(&fixture.read(&partition)), ["new"; 5]);
    assert_eq!(stored_batches(&fixture, &partition), 1);

    fixture.log.maintain(now + 3 * HOUR).unwrap();
    let fixture = fixture.reopen();
    assert_eq!((fixture.start(&partition), fixture.end(&partition)), (55, 55));
    assert_eq!(fixture.read(&partition), []);
    commit(&fixture.log, &partition, &["next"]);
    assert_eq!(fixture.read(&partition)[0].offset, 55);
    assert_eq!(values(&fixture.read(&forever)), ["kept"]);
}

#[test]
fn a_purge_frees_whole_batches_and_hides_the_rest() {
    let fixture = Fixture::new();
    let partition = TopicPartition::new(fixture.topic("by-key-repartition", 1, FOR_EVER), 0);
    let texts: Vec<String> = (0..100).map(|number| number.to_string()).collect();
    commit(&fixture.log, &partition, &texts.iter().map(String::as_str).collect::<Vec<_>>());
    let before = stored_batches(&fixture, &partition);
    fixture.log.delete_records(&partition, 57).unwrap();
    assert!(stored_batches(&fixture, &partition) < before);
    let fixture = fixture.reopen();
    assert_eq!(values(&fixture.read(&partition)), texts[57..]);
    fixture.log.delete_records(&partition, 10).unwrap();
    assert_eq!(fixture.start(&partition), 57, "what is gone stays gone");
    let error = fixture.log.delete_records(&partition, 101).unwrap_err();
    assert!(matches!(error, LogError::OffsetOutOfRange { offset: 101, start: 57, end: 100, .. }));
    fixture.log.delete_records(&partition, 100).unwrap();
    assert_eq!(stored_batches(&fixture, &partition), 0);
    assert_eq!((fixture.start(&partition), fixture.end(&partition)), (100, 100));
}
