//! Publishes a recorded history, resuming where it stopped.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tillstream_api::{REPLAY_GROUP, REPLAY_TOPIC, ReplayProgress};
use tillstream_config::Config;
use tillstream_runtime::log::{Log, PartitionOffset, TopicPartition};
use tillstream_shop::ShopRecord;
use tillstream_shop::online_retail::{OnlineRetail, Options};

use crate::publish::LogPublisher;
use crate::shutdown::Shutdown;

/// Events of one transaction.
const BATCH_EVENTS: u64 = 2_000;

/// Longest time an event that is due waits for its transaction.
const BATCH_TIME: Duration = Duration::from_millis(50);

/// How fast history is replayed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Speed {
    /// As fast as it goes.
    Max,
    /// So many times as fast as it happened.
    Times(f64),
}

impl FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Self::Max);
        }
        let times: f64 = text.parse().map_err(|_| "expected a number such as 3600, or max".to_owned())?;
        if times.is_finite() && times > 0.0 {
            Ok(Self::Times(times))
        } else {
            Err("expected a number above 0, or max".to_owned())
        }
    }
}

/// Publishes the sales history. The number of events published is committed with them, so that a restart goes on behind
/// the last one and nothing is published twice.
#[derive(Debug)]
pub(crate) struct Replayer {
    pub(crate) source: PathBuf,
    pub(crate) speed: Speed,
    pub(crate) log: Arc<dyn Log>,
    pub(crate) config: Config,
    pub(crate) progress: Arc<ReplayProgress>,
    pub(crate) shutdown: Shutdown,
}

impl Replayer {
    /// How many events were published by this and earlier runs.
    ///
    /// # Errors
    /// When the log fails.
    pub(crate) fn published(log: &dyn Log) -> anyhow::Result<u64> {
        let committed = log.committed(REPLAY_GROUP, &[TopicPartition::new(REPLAY_TOPIC, 0)])?;
        Ok(committed.into_iter().next().flatten().map_or(0, |offset| offset.max(0).unsigned_abs()))
    }

    /// Counts the events of the source, so that progress can be told.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub(crate) fn count(source: &PathBuf) -> anyhow::Result<u64> {
        let mut count = 0;
        for record in open(source)? {
            record.with_context(|| source.display().to_string())?;
            count += 1;
        }
        Ok(count)
    }

    /// Publishes until the end of the source, or until the program should stop; answers how many this run published.
    ///
    /// # Errors
    /// When the source cannot be read, or the log fails.
    pub(crate) fn run(self) -> anyhow::Result<u64> {
        let before = Self::published(&*self.log)?;
        self.progress.set_published(before);
        let mut publisher = LogPublisher::new(&*self.log, &self.config, REPLAY_GROUP)?;
        let mut batch = Batch { published: before, pending: 0, since: Instant::now() };
        let mut pace = Pace::new(self.speed);
        let skip = usize::try_from(before).unwrap_or(usize::MAX);
        for record in open(&self.source)?.skip(skip) {
            let record = record.with_context(|| self.source.display().to_string())?;
            let wait = pace.until(&record);
            if batch.is_due(wait) {
                self.commit(&mut publisher, &mut batch)?;
            }
            let go_on = if wait.is_zero() { !self.shutdown.is_requested() } else { self.shutdown.wait(wait) };
            if !go_on {
                break;
            }
            publisher.append(&record)?;
            batch.pending += 1;
        }
        self.commit(&mut publisher, &mut batch)?;
        Ok(batch.published - before)
    }

    fn commit(&self, publisher: &mut LogPublisher, batch: &mut Batch) -> anyhow::Result<()> {
        if batch.pending > 0 {
            let published = batch.published + batch.pending;
            let offset = i64::try_from(published).context("more events than offsets")?;
            let partition = TopicPartition::new(REPLAY_TOPIC, 0);
            let mark = (REPLAY_GROUP, PartitionOffset { partition, offset });
            if !publisher.commit(Some(mark), &self.shutdown)? {
                // The program stops; what is pending is read again at the next start.
                batch.pending = 0;
                return Ok(());
            }
            self.progress.set_published(published);
            *batch = Batch { published, pending: 0, since: Instant::now() };
        }
        Ok(())
    }
}

fn open(source: &PathBuf) -> anyhow::Result<OnlineRetail> {
    Ok(OnlineRetail::open(source, Options::default())?)
}

/// The open transaction.
#[derive(Debug)]
struct Batch {
    published: u64,
    pending: u64,
    since: Instant,
}

impl Batch {
    /// Whether it should be committed before waiting so long for the next event.
    fn is_due(&self, wait: Duration) -> bool {
        self.pending >= BATCH_EVENTS || !wait.is_zero() || self.since.elapsed() >= BATCH_TIME
    }
}

/// When events are due.
#[derive(Debug)]
struct Pace {
    speed: Speed,
    start: Option<(i64, Instant)>,
}

impl Pace {
    fn new(speed: Speed) -> Self {
        Self { speed, start: None }
    }

    /// How long from now until the record is due. The first one is due at once.
    fn until(&mut self, record: &ShopRecord) -> Duration {
        let Speed::Times(times) = self.speed else { return Duration::ZERO };
        let (first_ms, start) = *self.start.get_or_insert_with(|| (record.timestamp, Instant::now()));
        let ahead_ms = (record.timestamp - first_ms).max(0) as f64 / times;
        let due = Duration::try_from_secs_f64(ahead_ms / 1_000.0).unwrap_or(Duration::MAX);
        let wait = due.saturating_sub(start.elapsed());
        // Less than a timer can tell is now: events close together go into one transaction.
        if wait < Duration::from_millis(2) { Duration::ZERO } else { wait }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_are_numbers_above_zero_or_max() {
        assert_eq!("max".parse(), Ok(Speed::Max));
        assert_eq!("3600".parse(), Ok(Speed::Times(3600.0)));
        for wrong in ["0", "-1", "fast", "inf", "NaN", ""] {
            assert!(wrong.parse::<Speed>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_hour_at_3600_times_is_a_second() {
        let record = |timestamp| ShopRecord { topic: "orders", key: String::new(), timestamp, value: Vec::new() };
        let mut pace = Pace::new(Speed::Times(3_600.0));
        assert_eq!(pace.until(&record(1_000)), Duration::ZERO);
        let wait = pace.until(&record(3_601_000));
        assert!(wait > Duration::from_millis(900) && wait <= Duration::from_secs(1), "{wait:?}");
        assert_eq!(Pace::new(Speed::Max).until(&record(i64::MAX)), Duration::ZERO);
    }
}
