//! `[streams]`

use serde::{Deserialize, Serialize};

use crate::checks::Checks;
use crate::{Bytes, Millis};

/// The stream processor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Streams {
    /// Stream threads; 0 is one a core. See [`Streams::threads_on`].
    pub threads: u32,
    /// Time between two commits.
    pub commit_interval: Millis,
    /// Time between two commits of a thread that has dealt with all records there are, where it is shorter.
    pub commit_interval_idle: Millis,
    /// How long a thread waits for records when there are none.
    pub poll: Millis,
    /// Records read ahead for each partition.
    pub buffered_records_per_partition: u32,
    /// Most bytes one fetch of a thread brings.
    pub fetch_max_bytes: Bytes,
    /// Time at the end of its sources after which a sender stands aside.
    pub sender_idle_timeout: Millis,
    /// Time between two deletions of what is processed of repartition topics, and of what is expired of changelogs.
    pub repartition_purge_interval: Millis,
    /// Instances that keep the state of each task warm beside the one that runs it.
    pub num_standby_replicas: u32,
    /// How long a stop waits for the last commit.
    pub shutdown_timeout: Millis,
}

impl Streams {
    /// The number of stream threads on a machine with so many cores, at least 1.
    #[must_use]
    pub fn threads_on(&self, cores: usize) -> usize {
        match usize::try_from(self.threads) {
            Ok(0) => cores.max(1),
            Ok(threads) => threads,
            Err(_) => usize::MAX,
        }
    }

    pub(crate) fn check(&self, checks: &mut Checks<'_>) {
        checks.between("streams.threads", self.threads, 0, 256);
        checks.between("streams.num_standby_replicas", self.num_standby_replicas, 0, 16);
        checks.between("streams.commit_interval", self.commit_interval, Millis::new(1), Millis::minutes(10));
        let idle = self.commit_interval_idle;
        checks.between("streams.commit_interval_idle", idle, Millis::new(1), Millis::minutes(10));
        checks.between("streams.poll", self.poll, Millis::new(1), Millis::seconds(10));
        let buffered = self.buffered_records_per_partition;
        checks.between("streams.buffered_records_per_partition", buffered, 1, 1_000_000);
        checks.between("streams.fetch_max_bytes", self.fetch_max_bytes, Bytes::kib(1), Bytes::gib(1));
        checks.between("streams.sender_idle_timeout", self.sender_idle_timeout, Millis::new(10), Millis::days(1));
        let purge = self.repartition_purge_interval;
        checks.between("streams.repartition_purge_interval", purge, Millis::seconds(1), Millis::days(1));
        checks.between("streams.shutdown_timeout", self.shutdown_timeout, Millis::new(100), Millis::minutes(10));
        checks.at_least(
            ("streams.sender_idle_timeout", self.sender_idle_timeout),
            ("streams.commit_interval", self.commit_interval),
            "senders tell their time with each commit",
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::Config;

    #[test]
    fn no_threads_are_one_a_core() {
        let mut streams = Config::default().streams;
        streams.threads = 0;
        assert_eq!(streams.threads_on(8), 8);
        assert_eq!(streams.threads_on(0), 1);
        streams.threads = 3;
        assert_eq!(streams.threads_on(8), 3);
    }
}
