//! What a query may take.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tillstream_config::Sql;

/// What a query may take. Every field is a key of the section `[sql]`, where each is explained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "named and explained in config/default.toml")]
pub struct Limits {
    pub quick_queries: usize,
    pub quick_time: Duration,
    pub slow_queries: usize,
    /// A part of 1.
    pub slow_least: f64,
    pub queue: usize,
    pub queue_time: Duration,
    pub time_limit: Duration,
    pub penalty_interval: Duration,
    pub penalty_max: Duration,
    /// Bytes.
    pub memory: usize,
    /// Bytes.
    pub process_memory: u64,
    pub niceness: i32,
    pub max_rows: usize,
    pub max_bytes: usize,
    /// Bytes.
    pub max_text: usize,
    pub max_tokens: usize,
    pub max_operators: usize,
    pub max_depth: usize,
    pub max_scans: usize,
}

impl From<&Sql> for Limits {
    fn from(sql: &Sql) -> Self {
        Self {
            quick_queries: sql.quick_queries as usize,
            quick_time: sql.quick_time.as_duration(),
            slow_queries: sql.slow_queries as usize,
            slow_least: f64::from(sql.slow_least) / 100.0,
            queue: sql.queue as usize,
            queue_time: sql.queue_time.as_duration(),
            time_limit: sql.time_limit.as_duration(),
            penalty_interval: sql.penalty_interval.as_duration(),
            penalty_max: sql.penalty_max.as_duration(),
            memory: sql.memory.as_usize(),
            process_memory: sql.process_memory.get(),
            niceness: i32::try_from(sql.niceness).unwrap_or(19),
            max_rows: sql.max_rows as usize,
            max_bytes: sql.max_bytes.as_usize(),
            max_text: sql.max_text.as_usize(),
            max_tokens: sql.max_tokens as usize,
            max_operators: sql.max_operators as usize,
            max_depth: sql.max_depth as usize,
            max_scans: sql.max_scans as usize,
        }
    }
}

impl Default for Limits {
    /// Those of the default configuration.
    fn default() -> Self {
        (&tillstream_config::Config::default().sql).into()
    }
}
