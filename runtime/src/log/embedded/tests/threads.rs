use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::log::PartitionOffset;
use tillstream_stores::rocks::Durability;

const WRITERS: u32 = 4;
const TRANSACTIONS: u32 = 120;
const PARTITIONS: u32 = 3;

/// What one writer did: (transaction, partition) and the offsets its records must have.
type Ledger = BTreeMap<(u32, u32), std::ops::Range<i64>>;

/// Several threads commit, abort and read at once, synced and not; afterwards every record is where its commit said it
/// is, exactly once, without gaps; and those who read meanwhile saw the same.
#[test]
fn writers_and_readers_do_not_get_into_each_others_way() {
    for durability in [Durability::NoSync, Durability::Sync] {
        let fixture =
            Fixture::with(EmbeddedOptions { durability, batch_bytes: 300, recent_bytes: 20_000, ..Default::default() });
        let topic = fixture.topic("orders", PARTITIONS, FOR_EVER);
        let partitions: Vec<_> =
            (0..PARTITIONS).map(|partition| TopicPartition::new(Arc::clone(&topic), partition)).collect();
        let done = AtomicBool::new(false);
        let (ledgers, seen) = std::thread::scope(|scope| {
            let readers: Vec<_> = (0..2).map(|_| scope.spawn(|| follow(&fixture.log, &partitions, &done))).collect();
            let writers: Vec<_> = (0..WRITERS)
                .map(|writer| {
                    scope.spawn({
                        let (log, partitions) = (&fixture.log, &partitions);
                        move || write(log, partitions, writer)
                    })
                })
                .collect();
            let ledgers: Vec<Ledger> = writers.into_iter().map(|writer| writer.join().unwrap()).collect();
            done.store(true, Ordering::Release);
            (ledgers, readers.into_iter().map(|reader| reader.join().unwrap()).collect::<Vec<_>>())
        });
        let fixture = fixture.reopen();
        for (index, partition) in partitions.iter().enumerate() {
            let records = fixture.read(partition);
            assert!(records.iter().enumerate().all(|(index, record)| record.offset == index as i64), "no gaps");
            check(&records, &ledgers, partition.partition);
            for reader in &seen {
                assert_eq!(reader[index], records);
            }
        }
        let committed = fixture.log.committed("app-0", &partitions[..1]).unwrap();
        assert_eq!(committed, [Some(i64::from(last_committed()))]);
    }
}

fn is_aborted(transaction: u32) -> bool {
    transaction % 7 == 3
}

fn last_committed() -> u32 {
    (0..TRANSACTIONS).rev().find(|transaction| !is_aborted(*transaction)).unwrap()
}

fn write(log: &EmbeddedLog, partitions: &[TopicPartition], writer: u32) -> Ledger {
    let mut ledger = Ledger::new();
    let mut log_writer = log.writer(&format!("writer-{writer}")).unwrap();
    for transaction in 0..TRANSACTIONS {
        for (index, partition) in partitions.iter().enumerate() {
            for record in 0..records_of(transaction, index) {
                put(&mut *log_writer, partition, &writer.to_string(), Some(&format!("{transaction} {record}")))
                    .unwrap();
            }
        }
        let offset = PartitionOffset { partition: partitions[0].clone(), offset: i64::from(transaction) };
        log_writer.send_offsets(&format!("app-{writer}"), &[offset]).unwrap();
        if is_aborted(transaction) {
            log_writer.abort();
            continue;
        }
        for next in log_writer.commit().unwrap().next_offsets {
            let partition = next.partition.partition;
            let count = i64::from(records_of(transaction, partition as usize));
            ledger.insert((transaction, partition), next.offset - count..next.offset);
        }
    }
    ledger
}

fn records_of(transaction: u32, partition: usize) -> u32 {
    (transaction * 5 + partition as u32 * 3) % 11
}

fn check(records: &[RawRecord], ledgers: &[Ledger], partition: u32) {
    let mut expected = BTreeMap::new();
    for (writer, ledger) in ledgers.iter().enumerate() {
        for ((transaction, at), offsets) in ledger {
            for (record, offset) in offsets.clone().enumerate().filter(|_| *at == partition) {
                let before = expected.insert(offset, (writer.to_string(), format!("{transaction} {record}")));
                assert_eq!(before, None, "two records were given offset {offset}");
            }
        }
    }
    let text = |bytes: &Option<bytes::Bytes>| String::from_utf8(bytes.as_ref().unwrap().to_vec()).unwrap();
    let found: BTreeMap<_, _> =
        records.iter().map(|record| (record.offset, (text(&record.key), text(&record.value)))).collect();
    assert_eq!(found, expected);
}

/// Reads everything as it comes, until it is all there.
fn follow(log: &EmbeddedLog, partitions: &[TopicPartition], done: &AtomicBool) -> Vec<Vec<RawRecord>> {
    let mut reader = log.reader().unwrap();
    for partition in partitions {
        reader.assign(partition, 0).unwrap();
    }
    let mut seen = vec![Vec::new(); partitions.len()];
    loop {
        let finished = done.load(Ordering::Acquire);
        let fetched = reader.poll(Duration::from_millis(20)).unwrap();
        if finished && fetched.is_empty() {
            return seen;
        }
        for part in fetched {
            assert!(part.next_offset <= part.end_offset, "nothing is read before it is published");
            seen[part.partition.partition as usize].extend(part.records);
        }
    }
}
