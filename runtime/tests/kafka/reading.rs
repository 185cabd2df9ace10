use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tillstream_kafka_broker::Broker;
use tillstream_runtime::log::kafka::{KafkaLog, KafkaOptions};
use tillstream_runtime::log::{Append, Log, LogError, TopicPartition};
use tillstream_stores::Headers;

use super::harness::*;
use super::offsets::high_watermark;

#[test]
fn keys_values_headers_and_times_come_back_as_they_were() {
    let Some(log) = connect() else { return };
    let partition = partition(&log);
    let headers = Headers::new()
        .with("source", Some(Bytes::from_static(b"till")))
        .with("source", Some(Bytes::from_static(b"\xff\x00")))
        .with("nothing", None)
        .with("", Some(Bytes::new()));
    let append = |key, value, timestamp, headers| {
        let topic = &partition.topic;
        Append { topic, partition: 0, key, value, timestamp, headers }
    };
    let none = Headers::new();
    let sent = [
        append(Some(&b"key"[..]), Some(&b"value"[..]), 1_234_567_890_123, &headers),
        append(Some(b"tombstone"), None, 5, &none),
        append(None, Some(b"no key"), i64::from(i32::MAX), &headers),
        append(None, None, 1, &none),
        append(Some(b""), Some(b""), 4_102_444_800_000, &none),
    ];
    let mut writer = log.writer(&unique("writer")).unwrap();
    sent.iter().for_each(|record| writer.append(*record).unwrap());
    let outcome = writer.commit().unwrap();
    assert_eq!(outcome.next_offsets, [next(&partition, 5)]);
    // The marker of the transaction takes an offset as well.
    wait_until("the marker is in the log", || end(&log, &partition) == 6);
    let records = read(&log, &partition);
    for ((offset, record), sent) in (0..).zip(&records).zip(&sent) {
        assert_eq!((record.key.as_deref(), record.value.as_deref()), (sent.key, sent.value));
        assert_eq!((record.offset, record.timestamp, &record.headers), (offset, sent.timestamp, sent.headers));
    }
    assert_eq!(records.len(), sent.len());
}

#[test]
fn a_reader_passes_the_markers_behind_the_last_record() {
    let Some(log) = connect() else { return };
    let partition = partition(&log);
    commit(&log, &partition, &["a"]);
    let mut reader = log.reader().unwrap();
    reader.assign(&partition, 0).unwrap();
    read_to(&mut *reader, &partition, 2);

    let mut writer = log.writer(&unique("writer")).unwrap();
    put(&mut *writer, &partition, "aborted").unwrap();
    wait_until("the record is in the log", || high_watermark(&partition) == 3);
    writer.abort();
    wait_until("the marker is in the log", || end(&log, &partition) == 4);
    assert_eq!(read_to(&mut *reader, &partition, 4).len(), 0, "nothing but a marker and what it aborted");
    // From the middle of markers, and from the end.
    for from in [1, 2, 3] {
        reader.assign(&partition, from).unwrap();
        assert_eq!(read_to(&mut *reader, &partition, 4).len(), 0);
    }
    reader.assign(&partition, 4).unwrap();
    assert_eq!(poll_for(&mut *reader, Duration::from_millis(400)).len(), 0);
    commit(&log, &partition, &["b"]);
    assert_eq!(values(&read_to(&mut *reader, &partition, 6)), ["b"]);
    reader.assign(&partition, 0).unwrap();
    assert_eq!(values(&read_to(&mut *reader, &partition, 6)), ["a", "b"]);
}

#[test]
fn a_paused_partition_keeps_its_place_and_the_others_go_on() {
    let Some(log) = connect() else { return };
    let topic = topic(&log, 2);
    let [a, b] = [0, 1].map(|number| TopicPartition::new(Arc::clone(&topic), number));
    commit(&log, &a, &["a0", "a1"]);
    commit(&log, &b, &["b0"]);
    let mut reader = log.reader().unwrap();
    reader.assign(&a, 1).unwrap();
    reader.assign(&b, 0).unwrap();
    reader.pause(&a);
    assert_eq!(values(&read_to(&mut *reader, &b, 2)), ["b0"]);
    assert_eq!(poll_for(&mut *reader, Duration::from_millis(300)).len(), 0);
    reader.resume(&a);
    assert_eq!(values(&read_to(&mut *reader, &a, 3)), ["a1"]);
    reader.unassign(&a);
    commit(&log, &a, &["a2"]);
    commit(&log, &b, &["b1"]);
    assert_eq!(values(&read_to(&mut *reader, &b, 4)), ["b1"]);
    reader.assign(&a, 3).unwrap();
    assert_eq!(values(&read_to(&mut *reader, &a, 5)), ["a2"]);
}

#[test]
fn a_poll_is_bounded_and_all_partitions_have_their_turn() {
    let Some(broker) = Broker::shared() else { return };
    let bounds = KafkaOptions { fetch_bytes: 4_000, partition_fetch_bytes: 2_000, ..options(broker) };
    let log = KafkaLog::connect(bounds).unwrap();
    let topic = topic(&log, 3);
    let value = "x".repeat(100);
    let mut writer = log.writer(&unique("writer")).unwrap();
    for number in 0..3 {
        for _ in 0..1_000 {
            put(&mut *writer, &TopicPartition::new(Arc::clone(&topic), number), &value).unwrap();
        }
    }
    writer.commit().unwrap();
    let mut reader = log.reader().unwrap();
    for number in 0..3 {
        reader.assign(&TopicPartition::new(Arc::clone(&topic), number), 0).unwrap();
    }
    // By now it has heard how far they go.
    std::thread::park_timeout(Duration::from_millis(1_500));
    let mut read = [0; 3];
    let mut ends = [0; 3];
    let deadline = Instant::now() + PATIENCE;
    while read.iter().sum::<usize>() < 3_000 {
        assert!(Instant::now() < deadline, "{read:?}");
        let fetched = reader.poll(Duration::from_millis(100)).unwrap();
        let bytes: usize = fetched.iter().flat_map(|part| &part.records).map(|_| value.len() + 1).sum();
        assert!(bytes <= 4_000 + 2 * 102, "{bytes}");
        for part in fetched {
            let number = part.partition.partition as usize;
            read[number] += part.records.len();
            if read[number] < 500 {
                ends[number] = part.end_offset;
            }
        }
    }
    assert_eq!(read, [1_000; 3]);
    assert_eq!(ends, [1_001; 3], "known before it was reached");
}

#[test]
fn outside_of_the_log_is_an_error_that_names_its_bounds() {
    let Some(log) = connect() else { return };
    let partition = partition(&log);
    commit(&log, &partition, &["a", "b", "c"]);
    log.delete_records(&partition, 2).unwrap();
    let mut reader = log.reader().unwrap();
    for wrong in [0, 1, 99] {
        reader.assign(&partition, wrong).unwrap();
        let deadline = Instant::now() + PATIENCE;
        let error = loop {
            match reader.poll(Duration::from_millis(100)) {
                Ok(fetched) => assert!(fetched.is_empty() && Instant::now() < deadline, "{wrong}: {fetched:?}"),
                Err(error) => break error,
            }
        };
        let named = matches!(error, LogError::OffsetOutOfRange { offset, start: 2, end: 4, .. } if offset == wrong);
        assert!(named, "{error}");
        reader.poll(Duration::from_millis(100)).expect_err("it is still outside");
    }
    reader.assign(&partition, 2).unwrap();
    assert_eq!(values(&read_to(&mut *reader, &partition, 4)), ["c"]);
    assert!(matches!(reader.assign(&partition, -1), Err(LogError::OffsetOutOfRange { .. })));
}

#[test]
fn a_waiting_reader_is_woken_soon() {
    let Some(log) = connect() else { return };
    let partition = partition(&log);
    let mut reader = log.reader().unwrap();
    reader.assign(&partition, 0).unwrap();
    poll_for(&mut *reader, Duration::from_millis(300));
    let mut writer = log.writer(&unique("writer")).unwrap();
    let thread = std::thread::spawn(move || {
        let fetched = reader.poll(Duration::from_secs(20)).unwrap();
        (fetched, Instant::now())
    });
    put(&mut *writer, &partition, "wake up").unwrap();
    writer.commit().unwrap();
    let committed = Instant::now();
    let (fetched, woken) = thread.join().unwrap();
    assert_eq!(values(&fetched[0].records), ["wake up"]);
    let delay = woken.saturating_duration_since(committed);
    assert!(delay < Duration::from_millis(500), "{delay:?}");
}
