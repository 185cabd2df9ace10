//! What can be set about an application.

use std::path::PathBuf;
use std::sync::Arc;

use crate::directory::Neighbours;
use crate::trace::SpanExporter;

/// How an application runs.
#[derive(Clone, Debug)]
pub struct Options {
    /// Prefix of internal topics, and name of the consumer group.
    pub application_id: String,
    /// Name of this instance, unlike that of any other of the same application, and the same after a restart.
    pub instance: String,
    /// How other instances are reached, where there may be some; `None`: queries see the tasks of this one only.
    pub neighbours: Option<Neighbours>,
    /// Parent of the state directories; `None` keeps all state in memory.
    pub state_dir: Option<PathBuf>,
    /// Number of stream threads, at least 1.
    pub threads: usize,
    /// Time between commits, ms.
    pub commit_interval_ms: i64,
    /// Time between the commits of a thread that has dealt with all records there are, ms, where it is shorter.
    pub commit_interval_idle_ms: i64,
    /// How long a thread without work waits for records, ms.
    pub poll_ms: u64,
    /// Records buffered for a partition before it is paused.
    pub buffered_records: usize,
    /// Uncommitted bytes of a thread that bring the commit forward.
    pub overlay_max_bytes: usize,
    /// Bytes (estimated) of committed rows kept typed in memory, shared by all stores of the application.
    pub cache_max_bytes: usize,
    /// How long a task's inputs are at their end before it stands aside in its receivers' watermarks, ms.
    pub sender_idle_timeout_ms: i64,
    /// How often the records of repartition topics are deleted that are processed (KIP-811), and those of changelogs before the
    /// first row that is not expired, ms.
    pub repartition_purge_interval_ms: i64,
    /// Topic for records that cannot be processed; must exist.
    pub dead_letter_topic: Arc<str>,
    /// How long a thread waits before it starts again after running out of space, ms.
    pub retry_ms: u64,
    /// How many other instances keep the state of each task warm; 0: none. Needs `neighbours`.
    pub standby_replicas: usize,
    /// Who hears of the spans of traced records; `None`: none are made, and trace headers travel untouched.
    pub spans: Option<Arc<dyn SpanExporter>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            application_id: "tillstream".to_owned(),
            instance: "0".to_owned(),
            neighbours: None,
            state_dir: None,
            threads: 2,
            commit_interval_ms: 100,
            commit_interval_idle_ms: 10,
            poll_ms: 20,
            buffered_records: 1_000,
            overlay_max_bytes: 64 << 20,
            cache_max_bytes: 32 << 20,
            sender_idle_timeout_ms: 10_000,
            repartition_purge_interval_ms: 30_000,
            dead_letter_topic: "dead-letters".into(),
            retry_ms: 1_000,
            standby_replicas: 0,
            spans: None,
        }
    }
}
