//! A look at single records, for lag in seconds and for listings: markers of transactions lie between them.

use std::sync::Arc;

use tillstream_runtime::lag::{PartitionLag, newest_times, next_times};
use tillstream_runtime::log::kafka::KafkaLog;
use tillstream_runtime::log::{Append, Log, Stretch, TopicPartition, read_stretches};
use tillstream_stores::Headers;

use super::harness::*;

/// Writes a transaction for each time; each takes two offsets.
fn commit_at(log: &KafkaLog, partition: &TopicPartition, times: &[i64]) {
    let mut writer = log.writer(&unique("writer")).unwrap();
    for time in times {
        let (topic, headers) = (&partition.topic, &Headers::default());
        let number = partition.partition;
        let append = Append { topic, partition: number, key: None, value: Some(b"v"), timestamp: *time, headers };
        writer.append(append).unwrap();
        writer.commit().unwrap();
    }
    wait_until("the last marker is in the log", || end(log, partition) == 2 * times.len() as i64);
}

#[test]
fn the_time_of_the_next_record_is_told_of_each_partition_that_lags() {
    let Some(log) = connect() else { return };
    let topic = topic(&log, 3);
    let partitions = [0, 1, 2].map(|number| TopicPartition::new(Arc::clone(&topic), number));
    commit_at(&log, &partitions[0], &[10_000, 20_000, 30_000]);
    commit_at(&log, &partitions[1], &[40_000, 50_000]);
    let lag = |partition, committed, end| PartitionLag { topic: Arc::clone(&topic), partition, committed, end };
    // Two groups on one partition; one stands before a marker; one has no lag; one lags by a marker alone.
    let lags = [lag(0, 0, 6), lag(0, 3, 6), lag(1, 4, 4), lag(1, 3, 4), lag(2, 0, 0)];
    assert_eq!(next_times(&log, &lags).unwrap(), [Some(10_000), Some(30_000), None, None, None]);
    assert_eq!(newest_times(&log, &partitions).unwrap(), [Some(30_000), Some(50_000), None]);
}

#[test]
fn a_stretch_holds_what_is_there_of_it() {
    let Some(log) = connect() else { return };
    let partition = partition(&log);
    commit_at(&log, &partition, &[1_000, 2_000, 3_000, 4_000]);
    let times = |stretch: Stretch| -> Vec<i64> {
        read_stretches(&log, &[stretch]).unwrap().concat().iter().map(|record| record.timestamp).collect()
    };
    assert_eq!(times(Stretch::up_to(&partition, 1, 6)), [2_000, 3_000]);
    assert_eq!(times(Stretch { most: 1, ..Stretch::up_to(&partition, 1, 8) }), [2_000]);
    assert_eq!(times(Stretch::up_to(&partition, 7, 8)), [0; 0], "a marker");
    log.delete_records(&partition, 4).unwrap();
    wait_until("the first are gone", || log.offsets(std::slice::from_ref(&partition)).unwrap()[0].start == 4);
    assert_eq!(times(Stretch::up_to(&partition, 0, 8)), [0; 0], "it begins before the log");
    assert_eq!(times(Stretch::up_to(&partition, 4, 8)), [3_000, 4_000]);
}
