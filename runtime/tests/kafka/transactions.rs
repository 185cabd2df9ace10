use std::time::Duration;

use tillstream_runtime::log::{Append, Log, LogError, TopicPartition};
use tillstream_stores::Headers;

use super::harness::*;
use super::offsets::high_watermark;

#[test]
fn a_reader_sees_neither_open_nor_aborted_transactions() {
    let Some(log) = connect() else { return };
    let partition = partition(&log);
    let mut reader = log.reader().unwrap();
    reader.assign(&partition, 0).unwrap();
    let mut writer = log.writer(&unique("writer")).unwrap();
    put(&mut *writer, &partition, "aborted").unwrap();
    wait_until("the record is in the log", || high_watermark(&partition) == 1);
    assert_eq!(poll_for(&mut *reader, Duration::from_millis(500)).len(), 0, "it is open");
    writer.abort();
    put(&mut *writer, &partition, "committed").unwrap();
    writer.commit().unwrap();
    let records = read_to(&mut *reader, &partition, 4);
    assert_eq!(values(&records), ["committed"]);
    assert_eq!(records[0].offset, 2, "behind the aborted record and its marker");
}

#[test]
fn an_abandoned_writer_holds_nobody_back() {
    let Some(log) = connect() else { return };
    let partition = partition(&log);
    let mut writer = log.writer(&unique("writer")).unwrap();
    put(&mut *writer, &partition, "abandoned").unwrap();
    wait_until("the record is in the log", || high_watermark(&partition) == 1);
    drop(writer);
    commit(&log, &partition, &["committed"]);
    assert_eq!(values(&read(&log, &partition)), ["committed"]);
}

#[test]
fn an_older_writer_is_fenced() {
    let Some(log) = connect() else { return };
    let partition = partition(&log);
    let id = unique("writer");
    let mut older = log.writer(&id).unwrap();
    put(&mut *older, &partition, "zombie").unwrap();
    let mut newer = log.writer(&id).unwrap();
    let error = older.commit().unwrap_err();
    assert!(matches!(&error, LogError::Fenced { transactional_id } if *transactional_id == id), "{error}");
    put(&mut *newer, &partition, "new").unwrap();
    newer.commit().unwrap();
    assert!(matches!(put(&mut *older, &partition, "again"), Err(LogError::Fenced { .. })));
    drop(older);
    put(&mut *newer, &partition, "newer").unwrap();
    newer.commit().unwrap();
    assert_eq!(values(&read(&log, &partition)), ["new", "newer"]);
}

#[test]
fn offsets_become_visible_with_their_transaction() {
    let Some(log) = connect() else { return };
    let topic = topic(&log, 2);
    let [a, b] = [0, 1].map(|number| TopicPartition::new(topic.clone(), number));
    let group = unique("group");
    let committed = || log.committed(&group, &[a.clone(), b.clone()]).unwrap();
    let mut membership = log.join(&member(&group, 1, "one")).unwrap();
    wait_until("the task is granted", || !membership.poll().unwrap().is_empty());
    let mut writer = membership.writer().unwrap();
    assert_eq!(committed(), [None, None]);

    put(&mut *writer, &a, "a").unwrap();
    writer.send_offsets(&group, &[next(&a, 7)]).unwrap();
    writer.abort();
    assert_eq!(committed(), [None, None]);

    put(&mut *writer, &a, "a").unwrap();
    writer.send_offsets(&group, &[next(&a, 8)]).unwrap();
    let outcome = writer.commit().unwrap();
    assert_eq!(outcome.next_offsets.len(), 1);
    assert_eq!(committed(), [Some(8), None]);

    writer.send_offsets(&group, &[next(&b, 1)]).unwrap();
    assert_eq!(writer.commit().unwrap().next_offsets, []);
    assert_eq!(committed(), [Some(8), Some(1)]);
    assert_eq!(writer.commit().unwrap(), Default::default());

    let groups = log.groups().unwrap();
    let found = groups.iter().find(|found| *found.group == group).unwrap();
    assert_eq!(found.offsets, [next(&a, 8), next(&b, 1)]);
}

#[test]
fn offsets_need_a_membership_of_the_group() {
    let Some(log) = connect() else { return };
    let partition = partition(&log);
    let group = unique("group");
    let mut writer = log.writer(&unique("writer")).unwrap();
    assert!(matches!(writer.send_offsets(&group, &[next(&partition, 1)]), Err(LogError::Refused { .. })));
    let membership = log.join(&member(&group, 1, "one")).unwrap();
    let mut writer = membership.writer().unwrap();
    assert!(matches!(writer.send_offsets("another", &[next(&partition, 1)]), Err(LogError::Refused { .. })));
    drop(membership);
    writer.send_offsets(&group, &[next(&partition, 1)]).unwrap();
    assert!(matches!(writer.commit(), Err(LogError::Fenced { .. })));
    assert_eq!(log.committed(&group, &[partition]).unwrap(), [None]);
}

#[test]
fn what_cannot_be_written_is_refused_and_the_rest_goes_on() {
    let Some(log) = connect() else { return };
    let partition = partition(&log);
    let mut writer = log.writer(&unique("writer")).unwrap();
    for missing in [
        TopicPartition::new("nothing", 0),
        TopicPartition::new(partition.topic.clone(), 1),
        TopicPartition::new("no\0name", 0),
    ] {
        let error = put(&mut *writer, &missing, "lost").unwrap_err();
        assert!(matches!(&error, LogError::UnknownTopic(named) if *named == missing), "{error}");
    }
    let large = "x".repeat(1_000_001);
    let error = put(&mut *writer, &partition, &large).unwrap_err();
    assert!(matches!(error, LogError::RecordTooLarge { bytes: 1_000_002, limit: 1_000_000, .. }), "{error}");
    put(&mut *writer, &partition, &large[..999_999]).unwrap();
    put(&mut *writer, &partition, "small").unwrap();
    writer.commit().unwrap();
    assert_eq!(read(&log, &partition).len(), 2);
}

#[test]
fn a_transaction_may_be_larger_than_the_send_buffer() {
    let Some(broker) = tillstream_kafka_broker::Broker::shared() else { return };
    // The small one is often full of records that have arrived, and are not yet counted as gone.
    for (buffer, bytes) in [(1 << 20, 10_000), (8 << 10, 1_000)] {
        let bounds = tillstream_runtime::log::kafka::KafkaOptions { send_buffer_bytes: buffer, ..options(broker) };
        let log = tillstream_runtime::log::kafka::KafkaLog::connect(bounds).unwrap();
        let partition = partition(&log);
        let value = vec![7; bytes];
        let mut writer = log.writer(&unique("writer")).unwrap();
        for _ in 0..1_000 {
            let (topic, headers) = (&partition.topic, &Headers::default());
            let record = Append { topic, partition: 0, key: None, value: Some(&value), timestamp: 1, headers };
            writer.append(record).unwrap();
        }
        assert_eq!(writer.commit().unwrap().next_offsets, [next(&partition, 1_000)]);
    }
}

/// What no coordinator knows of any more cannot be made here; what a sweep itself leaves behind can be looked for.
#[test]
fn a_sweep_reaches_partitions_with_open_transactions_and_leaves_no_record() {
    let Some(log) = connect() else { return };
    let partition = partition(&log);
    let mut other = log.writer(&unique("other")).unwrap();
    put(&mut *other, &partition, "of the other").unwrap();
    wait_until("it has arrived", || high_watermark(&partition) > 0);
    let group = unique("group");
    let mut membership = log.join(&member(&group, 1, "one")).unwrap();
    let mut writer = membership.writer().unwrap();
    writer.sweep(std::slice::from_ref(&partition)).unwrap();
    wait_until("the task is granted", || !membership.poll().unwrap().is_empty());
    writer.sweep(std::slice::from_ref(&partition)).unwrap();
    put(&mut *writer, &partition, "of the swept").unwrap();
    writer.send_offsets(&group, &[next(&partition, 7)]).unwrap();
    writer.commit().unwrap();
    other.commit().unwrap();
    let records = read(&log, &partition);
    let mut found = values(&records);
    found.sort_unstable();
    assert_eq!(found, ["of the other", "of the swept"]);
    assert_eq!(log.committed(&group, &[partition]).unwrap(), [Some(7)]);
}
