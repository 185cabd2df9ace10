//! What a task must remember beside its stores: its clocks and its ledger.
//!
//! Written in every transaction to the compacted topic `<application.id>-task-progress`, partition n for task n, so that
//! lateness is judged the same after a crash, or after the state directory was lost, as it would have been without.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tillstream_stores::{ObservedTimes, Position};
use tillstream_topology::RawRecord;

use crate::error::Error;
use crate::ids::TaskId;
use crate::ledger::Ledger;

/// Clocks and ledger of one task as of one commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// Event times by name, epoch ms.
    pub(crate) times: BTreeMap<String, i64>,
    /// The times that retention counts from.
    #[serde(default)]
    pub(crate) observed: ObservedTimes,
    /// What became of the records of source topics.
    pub(crate) ledger: Ledger,
    /// The same of repartition topics. How many records cross them depends on the pace of commits.
    #[serde(default)]
    pub(crate) internal: Ledger,
    /// Where the instance that ran the task is reached; `None`: nobody else asks.
    #[serde(default)]
    pub(crate) owner: Option<String>,
    /// Transactional id of the thread that ran the task.
    #[serde(default)]
    pub(crate) writer: Option<String>,
    /// Next offsets of the inputs.
    #[serde(default)]
    pub(crate) position: Position,
    /// Event time of the task, epoch ms; -1 before the first record.
    #[serde(default = "before_all")]
    pub(crate) stream_time: i64,
}

fn before_all() -> i64 {
    -1
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            times: BTreeMap::new(),
            observed: ObservedTimes::default(),
            ledger: Ledger::new(),
            internal: Ledger::new(),
            owner: None,
            writer: None,
            position: Position::default(),
            stream_time: before_all(),
        }
    }
}

impl Progress {
    /// That in the newest record of the task's partition, if there is any.
    pub(crate) fn newest(task: TaskId, record: Option<RawRecord>) -> Result<Self, Error> {
        let value = record.and_then(|record| record.value);
        value.map_or_else(|| Ok(Self::default()), |bytes| Self::decode(task, &bytes))
    }

    pub(crate) fn decode(task: TaskId, bytes: &[u8]) -> Result<Self, Error> {
        serde_json::from_slice(bytes)
            .map_err(|error| Error::Progress { task: task.to_string(), detail: error.to_string() })
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        // A map of strings to integers always has a JSON form.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// The topic of all tasks' progress.
pub(crate) fn progress_topic(application_id: &str) -> Arc<str> {
    format!("{application_id}-task-progress").into()
}
