//! `[log]`

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::topics::{NAME_REMEDY, is_topic};
use crate::FaultKind::OutOfRange;
use crate::checks::Checks;
use crate::{Bytes, Millis, Retention};

/// The log that records are read from and written to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// Which log serves the records.
    pub kind: LogKind,
    /// When the embedded log forces what it wrote to disk.
    pub fsync: Fsync,
    /// Time between two forced writes under [`Fsync::Interval`].
    pub fsync_interval: Millis,
    /// Partitions of a topic that is created.
    pub partitions: u32,
    /// How long records of event topics are kept; see [`Log::retention_of`].
    pub retention: Retention,
    /// Retention of single topics by name.
    pub topic_retention: BTreeMap<String, Retention>,
    /// Largest batch before compression.
    pub batch_max_bytes: Bytes,
    /// Largest record: key, value and headers.
    pub max_record_bytes: Bytes,
}

/// Which log serves the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogKind {
    /// The durable log in this process.
    Embedded,
    /// A Kafka cluster.
    Kafka,
}

/// When the embedded log forces what it wrote to disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fsync {
    /// At each commit: what is acknowledged survives a power cut.
    Commit,
    /// Every `fsync_interval`: a power cut loses at most that much.
    Interval,
    /// When the operating system likes.
    Never,
}

impl Log {
    /// The retention of a topic: its own, else that of all.
    #[must_use]
    pub fn retention_of(&self, topic: &str) -> Retention {
        self.topic_retention.get(topic).copied().unwrap_or(self.retention)
    }

    pub(crate) fn check(&self, checks: &mut Checks<'_>) {
        checks.between("log.fsync_interval", self.fsync_interval, Millis::new(10), Millis::minutes(1));
        checks.between("log.partitions", self.partitions, 1, 1024);
        check_retention(checks, "log.retention", self.retention);
        for (topic, retention) in &self.topic_retention {
            if !is_topic(topic) {
                checks.refuse(OutOfRange, "log.topic_retention", topic, "not a topic name", NAME_REMEDY);
            }
            let key = format!("log.topic_retention.{topic}");
            check_retention(checks, &key, *retention);
        }
        checks.between("log.batch_max_bytes", self.batch_max_bytes, Bytes::kib(1), Bytes::mib(16));
        checks.between("log.max_record_bytes", self.max_record_bytes, Bytes::kib(1), Bytes::mib(64));
    }
}

fn check_retention(checks: &mut Checks<'_>, key: &str, retention: Retention) {
    if let Some(limit) = retention.limit() {
        checks.between(key, limit, Millis::minutes(1), Millis::days(36_500));
    }
}

#[cfg(test)]
mod tests {
    use crate::{Config, Millis, Retention};

    #[test]
    fn a_topics_own_retention_wins() {
        let mut log = Config::default().log;
        log.topic_retention.insert("user-activity".to_owned(), Retention::For(Millis::days(90)));
        assert_eq!(log.retention_of("user-activity"), Retention::For(Millis::days(90)));
        assert_eq!(log.retention_of("orders"), Retention::Forever);
    }
}
