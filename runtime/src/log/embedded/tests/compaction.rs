use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::log::embedded::CompactionOptions;

type Table = BTreeMap<String, String>;

const DELETE_RETENTION: i64 = 1000;

fn options(active_bytes: usize) -> EmbeddedOptions {
    EmbeddedOptions {
        batch_bytes: 300,
        recent_bytes: 0,
        partition_fetch_bytes: 200,
        compaction: CompactionOptions {
            min_dirty_percent: 20,
            active_bytes,
            delete_retention_ms: DELETE_RETENTION,
            step_bytes: 500,
            index_bytes: 1000,
        },
        ..EmbeddedOptions::default()
    }
}

fn fold<'a>(records: impl IntoIterator<Item = &'a RawRecord>) -> Table {
    let mut table = Table::new();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    for record in records {
        let key = text(record.key.as_deref().unwrap());
        match record.value.as_deref() {
            Some(value) => table.insert(key, text(value)),
            None => table.remove(&key),
        };
    }
    table
}

/// Keeps house until nothing is left to do.
fn clean(fixture: &Fixture, now_ms: i64) {
    for _ in 0..2_000 {
        fixture.log.maintain(now_ms).unwrap();
    }
}

fn write(fixture: &Fixture, partition: &TopicPartition, records: &[(u8, Option<u16>)]) -> Table {
    let mut table = Table::new();
    let mut writer = fixture.log.writer("w").unwrap();
    for (key, value) in records {
        let (key, value) = (format!("key-{key}"), value.map(|value| format!("value-{value}")));
        put(&mut *writer, partition, &key, value.as_deref()).unwrap();
        match value {
            Some(value) => table.insert(key, value),
            None => table.remove(&key),
        };
    }
    writer.commit().unwrap();
    table
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// However writing and cleaning mix, whoever reads the log gets the table; and what is left of the log is as it was
    /// written, at the same offsets.
    #[test]
    fn the_table_is_the_same_before_during_and_after(
        transactions in prop::collection::vec((prop::collection::vec((0_u8..40, any::<Option<u16>>()), 1..60), 0_usize..6), 1..20),
        active in prop_oneof![Just(0_usize), Just(600)],
        reopen in any::<bool>(),
    ) {
        let mut fixture = Fixture::with(options(active));
        let partition = TopicPartition::new(fixture.topic("app-store-changelog", 1, CleanupPolicy::Compact), 0);
        let mut written = Vec::new();
        let mut reader = fixture.log.reader().unwrap();
        reader.assign(&partition, 0).unwrap();
        let mut followed = Vec::new();
        for (records, steps) in &transactions {
            write(&fixture, &partition, records);
            for (key, value) in records {
                let value = value.map(|value| format!("value-{value}"));
                written.push((format!("key-{key}"), value));
            }
            for _ in 0..*steps {
                fixture.log.maintain(0).unwrap();
                // A reader in the middle, slower than the writing.
                followed.extend(reader.poll(Duration::ZERO).unwrap().into_iter().flat_map(|part| part.records));
                prop_assert_eq!(fold(&fixture.read(&partition)), table_of(&written));
            }
        }
        clean(&fixture, 0);
        if reopen {
            drop(reader);
            fixture = fixture.reopen();
            reader = fixture.log.reader().unwrap();
            let next = followed.last().map_or(0, |record| record.offset + 1);
            reader.assign(&partition, next).unwrap();
        }
        loop {
            let fetched = reader.poll(Duration::ZERO).unwrap();
            if fetched.is_empty() { break }
            followed.extend(fetched.into_iter().flat_map(|part| part.records));
        }
        prop_assert!(followed.is_sorted_by(|before, after| before.offset < after.offset));
        prop_assert_eq!(fold(&followed), table_of(&written));
        let left = fixture.read(&partition);
        prop_assert_eq!(fold(&left), table_of(&written));
        for record in &left {
            let (key, value) = &written[record.offset as usize];
            prop_assert_eq!(record.key.as_deref(), Some(key.as_bytes()));
            prop_assert_eq!(record.value.as_deref(), value.as_ref().map(String::as_bytes));
        }
        prop_assert_eq!(fixture.end(&partition), written.len() as i64);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// As changelogs of stores in which rows expire lose it, also in the middle of a cleaning.
    #[test]
    fn the_table_is_that_of_what_is_left_when_the_beginning_goes(
        transactions in prop::collection::vec((prop::collection::vec((0_u8..40, any::<Option<u16>>()), 1..60), 0_usize..6, 0_i64..4), 1..20),
        active in prop_oneof![Just(0_usize), Just(600)],
    ) {
        let fixture = Fixture::with(options(active));
        let policy = CleanupPolicy::CompactAndDelete;
        let partition = TopicPartition::new(fixture.topic("app-store-changelog", 1, policy), 0);
        let (mut written, mut start) = (Vec::new(), 0);
        for (records, steps, cut) in &transactions {
            write(&fixture, &partition, records);
            for (key, value) in records {
                written.push((format!("key-{key}"), value.map(|value| format!("value-{value}"))));
            }
            for _ in 0..*steps {
                fixture.log.maintain(0).unwrap();
            }
            start += (written.len() as i64 - start) * cut / 4;
            fixture.log.delete_records(&partition, start).unwrap();
            prop_assert_eq!(fold(&fixture.read(&partition)), table_of(&written[start as usize..]));
        }
        clean(&fixture, 0);
        prop_assert_eq!(fold(&fixture.read(&partition)), table_of(&written[start as usize..]));
        let fixture = fixture.reopen();
        prop_assert_eq!(fold(&fixture.read(&partition)), table_of(&written[start as usize..]));
    }
}

fn table_of(written: &[(String, Option<String>)]) -> Table {
    let mut table = Table::new();
    for (key, value) in written {
        match value {
            Some(value) => table.insert(key.clone(), value.clone()),
            None => table.remove(key),
        };
    }
    table
}

#[test]
fn what_was_replaced_goes_and_small_batches_are_joined() {
    let fixture = Fixture::with(options(0));
    let partition = TopicPartition::new(fixture.topic("changelog", 1, CleanupPolicy::Compact), 0);
    for round in 0..100 {
        write(&fixture, &partition, &[(1, Some(round)), (2, Some(round)), ((round % 30) as u8 + 3, Some(round))]);
    }
    let batches = |fixture: &Fixture| {
        let shared = &fixture.log.shared;
        let partition = shared.partition(&partition).unwrap();
        shared.stored_batches(&partition, 0, i64::MAX, usize::MAX).unwrap().0.len()
    };
    assert_eq!(batches(&fixture), 100);
    clean(&fixture, 0);
    let records = fixture.read(&partition);
    let keys: BTreeSet<_> = records.iter().map(|record| record.key.clone()).collect();
    assert_eq!(keys.len(), 32);
    // A cleaning leaves the last batch out, and begins only with a dirty fifth.
    assert!(records.len() < 32 + 32, "{} records", records.len());
    assert!(batches(&fixture) < 30, "{} batches", batches(&fixture));
    let state = fixture.log.shared.partition(&partition).unwrap().state();
    let stored =
        fixture.log.shared.stored_batches(&fixture.log.shared.partition(&partition).unwrap(), 0, i64::MAX, usize::MAX);
    let bytes: usize = stored.unwrap().0.iter().map(|batch| batch.bytes.len()).sum();
    assert_eq!(state.bytes, bytes as u64, "the sizes are kept exactly");
}

#[test]
fn the_newest_bytes_are_left_alone() {
    let fixture = Fixture::with(options(1_000_000));
    let partition = TopicPartition::new(fixture.topic("changelog", 1, CleanupPolicy::Compact), 0);
    for round in 0..50 {
        write(&fixture, &partition, &[(1, Some(round))]);
    }
    clean(&fixture, 0);
    assert_eq!(fixture.read(&partition).len(), 50);
}

#[test]
fn a_tombstone_stays_for_its_time_and_then_goes() {
    let fixture = Fixture::with(options(0));
    let partition = TopicPartition::new(fixture.topic("changelog", 1, CleanupPolicy::Compact), 0);
    let fill = |round: u16| {
        for key in 10..40 {
            write(&fixture, &partition, &[(key, Some(round))]);
        }
    };
    let tombstones = || fixture.read(&partition).iter().filter(|record| record.value.is_none()).count();
    write(&fixture, &partition, &[(1, Some(1)), (2, Some(2))]);
    write(&fixture, &partition, &[(1, None)]);
    fill(0);
    clean(&fixture, 5_000);
    let keys: Vec<_> =
        fixture.read(&partition).into_iter().filter(|record| record.key.as_deref() == Some(b"key-1")).collect();
    assert_eq!((keys.len(), tombstones()), (1, 1), "the value went, the tombstone stays");
    fill(1);
    clean(&fixture, 5_000 + DELETE_RETENTION - 1);
    assert_eq!(tombstones(), 1);
    fill(2);
    clean(&fixture, 5_000 + DELETE_RETENTION);
    assert_eq!(tombstones(), 0);
    let table = fold(&fixture.read(&partition));
    assert_eq!((table.get("key-1"), table.get("key-2").map(String::as_str)), (None, Some("value-2")));
}

#[test]
fn records_deleted_while_they_are_being_cleaned_do_not_come_back() {
    let fixture = Fixture::with(options(0));
    let partition = TopicPartition::new(fixture.topic("changelog", 1, CleanupPolicy::Compact), 0);
    for round in 0..200 {
        write(&fixture, &partition, &[((round % 100) as u8, Some(round))]);
    }
    for step in 0..150 {
        fixture.log.maintain(0).unwrap();
        fixture.log.delete_records(&partition, step).unwrap();
    }
    clean(&fixture, 0);
    let shared = &fixture.log.shared;
    let batches = shared.stored_batches(&shared.partition(&partition).unwrap(), 0, i64::MAX, usize::MAX).unwrap().0;
    assert!(batches.iter().all(|batch| batch.header.last_offset >= 149));
    assert_eq!(fixture.read(&partition).first().map(|record| record.offset), Some(149));
}

/// The same with two threads: a purge may come between reading batches and writing what is left of them.
#[test]
fn a_purge_in_the_middle_of_a_step_is_not_undone() {
    let mut options = options(0);
    options.compaction.step_bytes = 100_000;
    options.compaction.index_bytes = 100_000;
    let fixture = Fixture::with(options);
    let partition = TopicPartition::new(fixture.topic("changelog", 1, CleanupPolicy::Compact), 0);
    let purged = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !purged.load(std::sync::atomic::Ordering::Relaxed) {
                fixture.log.maintain(0).unwrap();
            }
        });
        for round in 0..300 {
            let records: Vec<_> = (0..40).map(|key| (key, Some(round))).collect();
            write(&fixture, &partition, &records);
            let end = fixture.end(&partition);
            fixture.log.delete_records(&partition, end - end % 7).unwrap();
        }
        purged.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    let start = fixture.start(&partition);
    let shared = &fixture.log.shared;
    let batches = shared.stored_batches(&shared.partition(&partition).unwrap(), 0, i64::MAX, usize::MAX).unwrap().0;
    assert!(batches.iter().all(|batch| batch.header.last_offset >= start));
}
