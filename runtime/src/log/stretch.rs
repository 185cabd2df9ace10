//! Stretches of partitions, read once: for people and gauges, not for processing.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::{Fetched, Log, LogError, LogReader, RawRecord, TopicPartition};

/// Longest wait for a log that brings nothing.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long one poll may wait.
const POLL: Duration = Duration::from_millis(100);

/// Records of one partition to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The partition.
    pub partition: TopicPartition,
    /// First offset of interest.
    pub from: i64,
    /// The offset behind the last of interest; no further than the end of the partition.
    pub before: i64,
    /// As many records are enough.
    pub most: usize,
}

impl Stretch {
    /// All records of `partition` from offset `from` up to, but without, `before`.
    pub fn up_to(partition: &TopicPartition, from: i64, before: i64) -> Self {
        Self { partition: partition.clone(), from, before, most: usize::MAX }
    }
}

/// The records of each stretch, in the order asked: fewer where there are fewer, none where `from` is not in the log any more.
/// One reader for all: on a cluster it costs connections.
///
/// ```no_run
/// use tillstream_runtime::log::kafka::{KafkaLog, KafkaOptions};
/// use tillstream_runtime::log::{Stretch, TopicPartition, read_stretches};
///
/// let log = KafkaLog::connect(KafkaOptions::new("localhost:9092"))?;
/// let first_ten = Stretch::up_to(&TopicPartition::new("orders", 0), 0, 10);
/// for record in read_stretches(&log, &[first_ten])?.concat() {
///     println!("{} at {}", record.offset, record.timestamp);
/// }
/// # Ok::<(), tillstream_runtime::log::LogError>(())
/// ```
///
/// # Errors
/// When the log cannot be reached, or brings nothing for ten seconds.
pub fn read_stretches(log: &dyn Log, stretches: &[Stretch]) -> Result<Vec<Vec<RawRecord>>, LogError> {
    let mut searches: Vec<Search<'_>> = stretches.iter().map(Search::new).collect();
    if searches.iter().any(|search| !search.done) {
        let mut reader = log.batch_reader()?;
        while searches.iter().any(|search| !search.done) {
            read_round(&mut *reader, &mut searches)?;
        }
    }
    Ok(searches.into_iter().map(|search| search.found).collect())
}

/// Reads one stretch of each partition that has any left.
fn read_round(reader: &mut dyn LogReader, searches: &mut [Search<'_>]) -> Result<(), LogError> {
    let mut taken = BTreeSet::new();
    let mut round: Vec<&mut Search<'_>> =
        searches.iter_mut().filter(|search| !search.done && taken.insert(&search.stretch.partition)).collect();
    for search in &mut round {
        let assigned = reader.assign(&search.stretch.partition, search.stretch.from);
        search.done |= is_out_of_range(assigned)?.is_some();
    }
    let mut deadline = Instant::now() + PATIENCE;
    while let Some(waiting) = round.iter().find(|search| !search.done) {
        if Instant::now() > deadline {
            let Stretch { partition, from, .. } = waiting.stretch;
            let detail = format!("nothing came of {partition} from offset {from} on within {} s", PATIENCE.as_secs());
            return Err(LogError::Unreachable { servers: "the log".to_owned(), detail });
        }
        let fetched = match reader.poll(POLL) {
            Ok(fetched) => fetched,
            Err(error) => {
                let gone = is_out_of_range(Err(error))?;
                round.iter_mut().filter(|search| Some(&search.stretch.partition) == gone.as_ref()).for_each(|search| {
                    reader.unassign(&search.stretch.partition);
                    search.done = true;
                });
                continue;
            }
        };
        for fetched in fetched {
            deadline = Instant::now() + PATIENCE;
            let search = round.iter_mut().find(|search| search.stretch.partition == fetched.partition);
            if search.is_some_and(|search| search.take(&fetched)) {
                reader.unassign(&fetched.partition);
            }
        }
    }
    Ok(())
}

/// The partition of which an offset was asked that is not there; other errors are passed on.
fn is_out_of_range(outcome: Result<(), LogError>) -> Result<Option<TopicPartition>, LogError> {
    match outcome {
        Ok(()) => Ok(None),
        Err(LogError::OffsetOutOfRange { partition, .. }) => Ok(Some(partition)),
        Err(error) => Err(error),
    }
}

/// A stretch on its way.
struct Search<'a> {
    stretch: &'a Stretch,
    found: Vec<RawRecord>,
    done: bool,
}

impl<'a> Search<'a> {
    fn new(stretch: &'a Stretch) -> Self {
        Self { stretch, found: Vec::new(), done: stretch.from >= stretch.before || stretch.most == 0 }
    }

    /// Takes what a poll brought; answers whether that was all.
    fn take(&mut self, fetched: &Fetched) -> bool {
        let Stretch { from, before, most, .. } = *self.stretch;
        let inside = fetched.records.iter().filter(|record| (from..before).contains(&record.offset));
        self.found.extend(inside.take(most - self.found.len()).cloned());
        self.done = fetched.next_offset >= before || self.found.len() >= most;
        self.done
    }
}
