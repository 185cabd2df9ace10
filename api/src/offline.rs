//! What operators ask, answered from a log without a running service: the same JSON as over HTTP.

use serde::Serialize;
use serde_json::Value;
use tillstream_runtime::log::{Log, LogError};

use crate::http::dead_letters::{DeadLetter, ListParams, find, page, put_back};
use crate::http::operations::lag::{Lag, Now};
use crate::http::problem::Problem;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OfflineError {
    /// The log failed.
    #[error(transparent)]
    Log(#[from] LogError),
    /// There is no such letter, or it cannot be put back; the text says which.
    #[error("{0}")]
    Refused(String),
    /// The answer has no JSON form.
    #[error("the answer cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl From<Problem> for OfflineError {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem.into_detail())
    }
}

/// `GET /v1/lag`, with seconds counted up to `now_ms`; without it up to the newest record of each partition, since a
/// directory may lie for years.
///
/// # Errors
/// When the log fails.
pub fn lag(log: &dyn Log, now_ms: Option<i64>) -> Result<Value, OfflineError> {
    json(&Lag::read(log, now_ms.map_or(Now::NewestRecord, Now::Wall))?)
}

/// `GET /v1/dead-letters`: the newest letters of `topic`, at most `limit`.
///
/// # Errors
/// When the log fails.
pub fn dead_letters(log: &dyn Log, topic: &str, limit: usize) -> Result<Value, OfflineError> {
    json(&page(log, topic, &ListParams::newest(limit))?)
}

/// `GET /v1/dead-letters/{partition}/{offset}`
///
/// # Errors
/// When there is no such letter, or the log fails.
pub fn dead_letter(log: &dyn Log, topic: &str, partition: u32, offset: i64) -> Result<Value, OfflineError> {
    json(&DeadLetter::of(partition, &find(log, topic, partition, offset)?))
}

/// `POST /v1/dead-letters/{partition}/{offset}/replay`
///
/// # Errors
/// When there is no such letter, it cannot be put back, or the log fails.
pub fn replay_dead_letter(log: &dyn Log, topic: &str, partition: u32, offset: i64) -> Result<Value, OfflineError> {
    let record = find(log, topic, partition, offset)?;
    // Whoever puts back another letter meanwhile is another writer; of two who put back this one the later ends the earlier.
    let mut writer = log.writer(&format!("{topic}-replay-{partition}-{offset}"))?;
    json(&put_back(log, writer.as_mut(), &record)?)
}

fn json(answer: &impl Serialize) -> Result<Value, OfflineError> {
    Ok(serde_json::to_value(answer)?)
}
