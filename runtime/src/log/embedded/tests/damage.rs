use std::path::PathBuf;

use super::*;
use tillstream_stores::rocks::Durability;

/// Puts `change`d bytes in the place of the batch that ends at `last_offset`.
fn tamper(fixture: &Fixture, name: &TopicPartition, last_offset: i64, change: impl FnOnce(&mut Vec<u8>)) {
    let shared = &fixture.log.shared;
    let partition = shared.partition(name).unwrap();
    let key = partition.key.batch(last_offset);
    let mut value =
        shared.store.read(|database| database.get(partition.column, &key, <[u8]>::to_vec)).unwrap().unwrap();
    change(&mut value);
    shared.store.write(Durability::NoSync, |batch| batch.put(partition.column, &key, &value)).unwrap();
}

fn corrupt_at(error: &LogError, name: &TopicPartition, wanted: i64) -> bool {
    matches!(error, LogError::Corrupt { partition, offset, .. } if partition == name && *offset == wanted)
}

#[test]
fn a_damaged_batch_is_named_and_what_lies_before_it_is_read() {
    let changes: [fn(&mut Vec<u8>); 4] = [
        |bytes| *bytes.last_mut().unwrap() ^= 1,
        |bytes| bytes.truncate(bytes.len() / 2),
        |bytes| bytes.clear(),
        |bytes| bytes[0] = 9,
    ];
    for change in changes {
        let fixture = Fixture::with(EmbeddedOptions { recent_bytes: 0, ..EmbeddedOptions::default() });
        let partition = TopicPartition::new(fixture.topic("orders", 1, FOR_EVER), 0);
        for value in ["good", "bad", "behind"] {
            commit(&fixture.log, &partition, &[value; 10]);
        }
        tamper(&fixture, &partition, 19, change);
        let mut reader = fixture.log.reader().unwrap();
        reader.assign(&partition, 0).unwrap();
        assert_eq!(values(&reader.poll(Duration::ZERO).unwrap()[0].records), ["good"; 10]);
        for _ in 0..2 {
            let error = reader.poll(Duration::ZERO).unwrap_err();
            assert!(corrupt_at(&error, &partition, 19), "{error}");
        }
        assert_eq!(values(&read_from(&fixture.log, &partition, 20).unwrap()), ["behind"; 10]);
    }
}

#[test]
fn a_batch_in_the_wrong_place_is_damage() {
    let fixture = Fixture::with(EmbeddedOptions { recent_bytes: 0, ..EmbeddedOptions::default() });
    let partition = TopicPartition::new(fixture.topic("orders", 1, FOR_EVER), 0);
    commit(&fixture.log, &partition, &["first"]);
    commit(&fixture.log, &partition, &["second"]);
    let shared = &fixture.log.shared;
    let stored = shared.stored_batches(&shared.partition(&partition).unwrap(), 0, 1, usize::MAX).unwrap().0;
    tamper(&fixture, &partition, 1, |bytes| *bytes = stored[0].bytes.to_vec());
    assert!(corrupt_at(&read_from(&fixture.log, &partition, 1).unwrap_err(), &partition, 1));
}

#[test]
fn one_partition_in_trouble_does_not_cost_the_others_a_record() {
    let fixture = Fixture::with(EmbeddedOptions { recent_bytes: 0, ..EmbeddedOptions::default() });
    let topic = fixture.topic("orders", 3, FOR_EVER);
    let partitions = [0, 1, 2].map(|partition| TopicPartition::new(Arc::clone(&topic), partition));
    let mut reader = fixture.log.reader().unwrap();
    for partition in &partitions {
        commit(&fixture.log, partition, &["value"; 10]);
        reader.assign(partition, 0).unwrap();
    }
    tamper(&fixture, &partitions[1], 9, |bytes| bytes[20] ^= 1);
    let (mut good, mut errors) = (0, 0);
    for _ in 0..12 {
        match reader.poll(Duration::ZERO) {
            Ok(fetched) => good += fetched.iter().map(|part| part.records.len()).sum::<usize>(),
            Err(error) => {
                assert!(corrupt_at(&error, &partitions[1], 9));
                errors += 1;
            }
        }
    }
    assert_eq!(good, 20);
    assert!(errors > 3);
}

#[test]
fn cleaning_reports_damage_once_and_goes_on_with_the_others() {
    let mut options = EmbeddedOptions { recent_bytes: 0, ..EmbeddedOptions::default() };
    options.compaction.active_bytes = 0;
    let fixture = Fixture::with(options);
    let topic = fixture.topic("changelog", 2, CleanupPolicy::Compact);
    let partitions = [0, 1].map(|partition| TopicPartition::new(Arc::clone(&topic), partition));
    for partition in &partitions {
        for _ in 0..20 {
            commit(&fixture.log, partition, &["value"]);
        }
    }
    tamper(&fixture, &partitions[0], 3, |bytes| bytes[20] ^= 1);
    let results: Vec<_> = (0..20).map(|_| fixture.log.maintain(0)).collect();
    let errors: Vec<_> = results.into_iter().filter_map(Result::err).collect();
    assert_eq!(errors.len(), 1);
    assert!(corrupt_at(&errors[0], &partitions[0], 3));
    assert!(fixture.read(&partitions[1]).len() < 5);
}

/// A flipped bit in a file, small batches and large ones: found by the database or by us, never handed out.
#[test]
fn a_flipped_bit_on_disk_is_never_read_as_data() {
    for (size, kind) in [(1000, "sst"), (200_000, "blob")] {
        let fixture = Fixture::with(EmbeddedOptions::default());
        let partition = TopicPartition::new(fixture.topic("orders", 1, FOR_EVER), 0);
        let value: String = (0..size)
            .map(|index: u32| char::from(b'a' + (index.wrapping_mul(2_654_435_761) >> 27) as u8 % 26))
            .collect();
        commit(&fixture.log, &partition, &[&value]);
        fixture.log.shared.store.read(|database| database.flush()).unwrap();
        let Fixture { dir, options, log } = fixture;
        drop(log);
        for file in files(&dir, kind) {
            let mut bytes = std::fs::read(&file).unwrap();
            let window: &[u8] = &bytes;
            // In the middle of the value, as far as compression has left it in one piece.
            if let Some(at) = window.windows(6).position(|part| part == &value.as_bytes()[..6]) {
                bytes[at + 2] ^= 4;
                std::fs::write(&file, bytes).unwrap();
            }
        }
        let error = EmbeddedLog::open(dir.path(), options, resources())
            .and_then(|log| read_from(&log, &partition, 0).map(|records| values(&records).concat()))
            .unwrap_err();
        assert!(matches!(error, LogError::Corrupt { .. }), "{kind}: {error}");
    }
}

fn files(dir: &TempDir, kind: &str) -> Vec<PathBuf> {
    let paths = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == kind)).collect()
}
