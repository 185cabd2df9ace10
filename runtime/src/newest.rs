//! Finding the newest record of partitions without reading all of them.

use std::time::{Duration, Instant};

use tillstream_topology::{RawRecord, TopicPartition};

use crate::log::{LogError, LogReader, OffsetRange};

/// Offsets before the end that are looked at first. Transaction markers take offsets too, so the newest record need not be
/// the last offset.
const FIRST_LOOK: i64 = 16;

/// How much further back each next look goes.
const FURTHER: i64 = 8;

/// Longest wait for anything to come.
const PATIENCE: Duration = Duration::from_secs(10);

/// The newest record of each partition within `ranges`, in the order asked: looked for from the end, ever further back.
/// `reader` reads nothing else meanwhile.
pub(crate) fn newest_records(
    reader: &mut dyn LogReader,
    partitions: &[TopicPartition],
    ranges: Vec<OffsetRange>,
) -> Result<Vec<Option<RawRecord>>, LogError> {
    let mut searches: Vec<Search<'_>> =
        partitions.iter().zip(ranges).map(|(at, range)| Search::new(at, range)).collect();
    for search in searches.iter().filter(|search| !search.done) {
        reader.assign(search.partition, search.from)?;
    }
    let mut heard = Instant::now();
    while let Some(waiting) = searches.iter().find(|search| !search.done) {
        if heard.elapsed() > PATIENCE {
            let (servers, detail) = (format!("the leader of {}", waiting.partition), "nothing came of it".to_owned());
            return Err(LogError::Unreachable { servers, detail });
        }
        for fetched in reader.poll(Duration::from_millis(100))? {
            heard = Instant::now();
            if let Some(search) = searches.iter_mut().find(|search| *search.partition == fetched.partition) {
                search.take(fetched.records, fetched.next_offset, reader)?;
            }
        }
    }
    Ok(searches.into_iter().map(|search| search.found).collect())
}

/// The search in one partition.
struct Search<'a> {
    partition: &'a TopicPartition,
    range: OffsetRange,
    from: i64,
    found: Option<RawRecord>,
    done: bool,
}

impl<'a> Search<'a> {
    fn new(partition: &'a TopicPartition, range: OffsetRange) -> Self {
        let from = (range.end - FIRST_LOOK).max(range.start);
        Self { partition, range, from, found: None, done: range.start >= range.end }
    }

    fn take(&mut self, records: Vec<RawRecord>, next_offset: i64, reader: &mut dyn LogReader) -> Result<(), LogError> {
        self.found = records.into_iter().last().or_else(|| self.found.take());
        if next_offset < self.range.end {
            return Ok(());
        }
        self.done = self.found.is_some() || self.from == self.range.start;
        if self.done {
            reader.unassign(self.partition);
            return Ok(());
        }
        let back = (self.range.end - self.from).saturating_mul(FURTHER);
        self.from = (self.range.end - back).max(self.range.start);
        reader.assign(self.partition, self.from)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::sync::Arc;

    use tillstream_stores::Headers;
    use tillstream_stores::rocks::Resources;

    use super::*;
    use crate::log::embedded::{EmbeddedLog, EmbeddedOptions};
    use crate::log::{Append, CleanupPolicy, Log, TopicSpec};

    #[test]
    fn the_newest_of_each_partition_or_none() {
        let dir = tempfile::tempdir().unwrap();
        let resources = Resources::new(8 << 20, 50, 64);
        let log = EmbeddedLog::open(dir.path(), EmbeddedOptions::default(), resources).unwrap();
        let topic: Arc<str> = "progress".into();
        let policy = CleanupPolicy::Delete { retention_ms: None };
        log.create_topics(&[TopicSpec { name: Arc::clone(&topic), partitions: 3, policy }]).unwrap();
        let mut writer = log.writer("w").unwrap();
        let headers = Headers::default();
        for (partition, count) in [(0, 1_i64), (2, 500)] {
            for timestamp in 0..count {
                let value = Some(&b"v"[..]);
                writer
                    .append(Append { topic: &topic, partition, key: None, value, timestamp, headers: &headers })
                    .unwrap();
            }
        }
        writer.commit().unwrap();
        let partitions = [0, 1, 2].map(|partition| TopicPartition::new(Arc::clone(&topic), partition));
        let newest =
            newest_records(&mut *log.reader().unwrap(), &partitions, log.offsets(&partitions).unwrap()).unwrap();
        let times: Vec<Option<i64>> = newest.into_iter().map(|record| record.map(|record| record.timestamp)).collect();
        assert_eq!(times, [Some(0), None, Some(499)]);
    }
}
