use std::sync::mpsc;
use std::time::Instant;

use super::*;

fn numbered(fixture: &Fixture, partition: &TopicPartition, count: usize) -> Vec<String> {
    let numbers: Vec<String> = (0..count).map(|number| format!("value {number}")).collect();
    let texts: Vec<&str> = numbers.iter().map(String::as_str).collect();
    for part in texts.chunks(17) {
        commit(&fixture.log, partition, part);
    }
    numbers
}

#[test]
fn reading_starts_anywhere_from_memory_and_from_disk() {
    let fixture = Fixture::new();
    let partition = TopicPartition::new(fixture.topic("orders", 1, FOR_EVER), 0);
    let all = numbered(&fixture, &partition, 100);
    let check = |fixture: &Fixture| {
        for (from, expected) in (0_i64..100).zip((0..100).map(|from| &all[from..])) {
            let records = read_from(&fixture.log, &partition, from).unwrap();
            assert_eq!(records[0].offset, from);
            assert_eq!(values(&records), expected);
        }
        assert_eq!(read_from(&fixture.log, &partition, 100).unwrap(), []);
    };
    check(&fixture);
    check(&fixture.reopen());
}

#[test]
fn keys_and_values_share_the_memory_of_their_batch() {
    let fixture = Fixture::with(EmbeddedOptions::default());
    let partition = TopicPartition::new(fixture.topic("orders", 1, FOR_EVER), 0);
    numbered(&fixture, &partition, 17);
    let records = fixture.read(&partition);
    let address = |index: usize| records[index].value.as_deref().unwrap().as_ptr().addr();
    assert!(address(1) - address(0) < 40, "they lie one behind the other");
}

#[test]
fn outside_of_the_log_is_an_error_that_names_its_bounds() {
    let fixture = Fixture::new();
    let partition = TopicPartition::new(fixture.topic("orders", 1, FOR_EVER), 0);
    numbered(&fixture, &partition, 50);
    fixture.log.delete_records(&partition, 20).unwrap();
    for wrong in [0, 19, 51, -1] {
        let error = read_from(&fixture.log, &partition, wrong).unwrap_err();
        assert!(
            matches!(error, LogError::OffsetOutOfRange { offset, start: 20, end: 50, .. } if offset == wrong),
            "{error}"
        );
    }
    assert_eq!(read_from(&fixture.log, &partition, 20).unwrap().len(), 30);
}

#[test]
fn a_poll_is_bounded_and_fair() {
    let options =
        EmbeddedOptions { batch_bytes: 256, fetch_bytes: 600, partition_fetch_bytes: 300, ..Default::default() };
    let fixture = Fixture::with(options);
    let topic = fixture.topic("orders", 3, FOR_EVER);
    let partitions = [0, 1, 2].map(|partition| TopicPartition::new(Arc::clone(&topic), partition));
    let mut reader = fixture.log.reader().unwrap();
    for partition in &partitions {
        numbered(&fixture, partition, 1000);
        reader.assign(partition, 0).unwrap();
    }
    let mut read = [0; 3];
    for _ in 0..30 {
        let fetched = reader.poll(Duration::ZERO).unwrap();
        let bytes: usize =
            fetched.iter().flat_map(|part| &part.records).map(|record| record.value.as_ref().unwrap().len()).sum();
        assert!(bytes < 600 + 256);
        for part in fetched {
            assert_eq!(part.records.last().unwrap().offset + 1, part.next_offset);
            assert_eq!(part.end_offset, 1000);
            read[part.partition.partition as usize] = part.next_offset;
        }
    }
    let (least, most) = (*read.iter().min().unwrap(), *read.iter().max().unwrap());
    assert!(least > 0 && most < 2 * least, "{read:?}");
}

#[test]
fn a_paused_partition_keeps_its_place() {
    let fixture = Fixture::new();
    let topic = fixture.topic("orders", 2, FOR_EVER);
    let [a, b] = [0, 1].map(|partition| TopicPartition::new(Arc::clone(&topic), partition));
    commit(&fixture.log, &a, &["a0", "a1"]);
    commit(&fixture.log, &b, &["b0"]);
    let mut reader = fixture.log.reader().unwrap();
    reader.assign(&a, 1).unwrap();
    reader.assign(&b, 0).unwrap();
    reader.pause(&a);
    let mut polled = || {
        let fetched = reader.poll(Duration::ZERO).unwrap();
        let records = fetched.into_iter().flat_map(|part| part.records).collect::<Vec<_>>();
        values(&records).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(polled(), ["b0"]);
    assert_eq!(polled(), [""; 0]);
    reader.resume(&a);
    let mut polled = || reader.poll(Duration::ZERO).unwrap().into_iter().flat_map(|part| part.records).count();
    assert_eq!(polled(), 1);
    reader.unassign(&a);
    commit(&fixture.log, &a, &["a2"]);
    assert_eq!(reader.poll(Duration::ZERO).unwrap().len(), 0);
}

#[test]
fn a_waiting_reader_is_woken_soon_and_does_not_spin() {
    let fixture = Fixture::new();
    let partition = TopicPartition::new(fixture.topic("orders", 1, FOR_EVER), 0);
    let mut reader = fixture.log.reader().unwrap();
    reader.assign(&partition, 0).unwrap();
    let (ready, waiting) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        let before = thread_cpu_ticks();
        ready.send(()).unwrap();
        let fetched = reader.poll(Duration::from_secs(20)).unwrap();
        (ready, Instant::now(), fetched, thread_cpu_ticks() - before)
    });
    waiting.recv().unwrap();
    assert!(waiting.recv_timeout(Duration::from_millis(400)).is_err(), "it waits all this time");
    commit(&fixture.log, &partition, &["news"]);
    let committed = Instant::now();
    let (_ready, woken, fetched, ticks) = thread.join().unwrap();
    assert_eq!(values(&fetched[0].records), ["news"]);
    let latency = woken.saturating_duration_since(committed);
    assert!(latency < Duration::from_millis(50), "{latency:?}");
    assert!(ticks < 10, "{ticks} hundredths of a second were spent waiting");
}

/// Hundredths of a second this thread has run; 0 where the system does not tell.
fn thread_cpu_ticks() -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    fields.iter().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum()
}

#[test]
fn an_empty_poll_returns_after_its_time() {
    let fixture = Fixture::new();
    let partition = TopicPartition::new(fixture.topic("orders", 1, FOR_EVER), 0);
    let mut reader = fixture.log.reader().unwrap();
    reader.assign(&partition, 0).unwrap();
    let started = Instant::now();
    assert!(reader.poll(Duration::from_millis(60)).unwrap().is_empty());
    assert!(started.elapsed() >= Duration::from_millis(60));
}

#[test]
fn the_first_record_at_a_time_is_found() {
    let fixture = Fixture::new();
    let partition = TopicPartition::new(fixture.topic("orders", 1, FOR_EVER), 0);
    let mut writer = fixture.log.writer("w").unwrap();
    let times = [5, 3, 9, 9, 2, 20, 15, 30];
    for (number, timestamp) in times.into_iter().enumerate() {
        let value = [number as u8; 100];
        let (headers, value) = (Headers::default(), Some(&value[..]));
        let topic = &partition.topic;
        writer.append(Append { topic, partition: 0, key: None, value, timestamp, headers: &headers }).unwrap();
    }
    writer.commit().unwrap();
    for wanted in 0..32 {
        let expected = times.iter().position(|time| *time >= wanted).map(|index| index as i64);
        assert_eq!(fixture.log.offset_for_time(&partition, wanted).unwrap(), expected);
    }
}
