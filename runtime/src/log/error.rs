//! What can go wrong between the engine and a log, and what to do then.

use std::sync::Arc;

use tillstream_topology::TopicPartition;

/// Errors of a log. Each says which path the caller takes: retry, restore, stop.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The topic or partition does not exist. Create it, or correct its name in the configuration.
    #[error("topic-partition {0} does not exist; create the topic or correct `[topics]` in the configuration")]
    UnknownTopic(TopicPartition),
    /// The topic exists with another shape. Changing it would move keys between partitions.
    #[error("topic {topic} exists with {found}, but {wanted} is needed; choose another name or recreate the topic")]
    TopicMismatch {
        /// Topic name.
        topic: Arc<str>,
        /// What is there.
        found: String,
        /// What was asked for.
        wanted: String,
    },
    /// The position is not in the log any more, or not yet. State that relies on it must be rebuilt.
    #[error("offset {offset} of {partition} is outside the log, which holds [{start}, {end})")]
    OffsetOutOfRange {
        /// The partition.
        partition: TopicPartition,
        /// The offset asked for.
        offset: i64,
        /// First readable offset.
        start: i64,
        /// Offset behind the last record.
        end: i64,
    },
    /// A newer writer with the same transactional id took over. Drop the overlay and the writer; do not retry.
    #[error("writer {transactional_id} was fenced by a newer one")]
    Fenced {
        /// The transactional id both used.
        transactional_id: String,
    },
    /// The outcome of a commit is not known. Drop the writer, make a new one, read the committed offsets.
    #[error("the outcome of the transaction of {transactional_id} is not known")]
    InDoubt {
        /// The transactional id.
        transactional_id: String,
    },
    /// The transaction was given up and nothing of it is visible. Drop the overlay, go back to the committed offsets and
    /// process again.
    #[error("the transaction of {transactional_id} was aborted, nothing of it was written: {detail}")]
    Aborted {
        /// The transactional id.
        transactional_id: String,
        /// What went wrong.
        detail: String,
    },
    /// The log is asleep, cut off or gone. Nothing was changed by the call, or the call says otherwise.
    #[error(
        "no answer from {servers} ({detail}); check that the brokers run, that `kafka.bootstrap_servers` names them and \
         that `security.protocol` is theirs"
    )]
    Unreachable {
        /// The servers that were asked.
        servers: String,
        /// What the client said last.
        detail: String,
    },
    /// The log understood and will not: permissions, its own limits, or a call it does not know.
    #[error("the log refuses to {action}: {detail}; check the permissions of this user and the version of the brokers")]
    Refused {
        /// What was to be done.
        action: String,
        /// What the log said.
        detail: String,
    },
    /// A setting would break what the engine promises, or is none.
    #[error("{setting} {problem}")]
    BadSetting {
        /// Name of the setting.
        setting: String,
        /// Why it cannot be, and what to do.
        problem: String,
    },
    /// No space left; nothing of the transaction was written. Try again when there is space.
    #[error("no space left for {path}: free some space; processing resumes by itself")]
    Full {
        /// Where the log lives.
        path: String,
    },
    /// A record batch does not match its checksum. The partition is unreadable from here.
    #[error(
        "the batch at offset {offset} of {partition} is damaged ({detail}); restore the log directory from a backup"
    )]
    Corrupt {
        /// The partition.
        partition: TopicPartition,
        /// Offset of the batch.
        offset: i64,
        /// What does not agree.
        detail: String,
    },
    /// Another process has the log open.
    #[error("{path} is in use by another process; stop it first, or choose another data directory with --data")]
    Locked {
        /// The log directory.
        path: String,
    },
    /// The record is over the configured limit.
    #[error("a record of {bytes} bytes for {topic} is over the limit of {limit} (log.max_record_bytes)")]
    RecordTooLarge {
        /// Topic name.
        topic: Arc<str>,
        /// Size of key, value and headers.
        bytes: usize,
        /// The configured limit.
        limit: usize,
    },
    /// The store below the log failed.
    #[error("the log at {path} failed: {detail}")]
    Io {
        /// Where the log lives.
        path: String,
        /// What the system said.
        detail: String,
    },
}

impl LogError {
    /// Whether the same call may succeed later without anything else changing.
    pub fn is_retriable(&self) -> bool {
        matches!(self, LogError::Full { .. } | LogError::Unreachable { .. })
    }
}
