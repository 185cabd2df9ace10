//! Reading the hours that stood out.

use std::sync::Arc;

use tillstream_stores::arc_str;

use super::{ANOMALIES, Spotted, spotted_serde};
use crate::read::{Answers, ReadError, rows};
use crate::revenue::Granularity;

/// Rows an answer is made of at most.
const ROWS_MAX: usize = 100_000;

/// An hour that stood out.
#[derive(Clone, Debug, PartialEq)]
pub struct SpottedHour {
    /// The measure, such as `orders-GBP` or `revenue-GBP`.
    pub metric: Arc<str>,
    /// Start of the hour, epoch ms.
    pub start_ms: i64,
    /// End of the hour, exclusive.
    pub end_ms: i64,
    /// What stood out about it.
    pub spotted: Spotted,
}

/// Hours that stood out, the latest first.
#[derive(Clone, Debug, PartialEq)]
pub struct AnomalyPage {
    /// At most as many as asked for.
    pub hours: Vec<SpottedHour>,
    /// Whether there are more, earlier ones.
    pub more: bool,
}

impl Answers {
    /// The `limit` latest hours that stood out among those that start in `[from_ms, to_ms)`.
    ///
    /// # Errors
    /// [`ReadError::TooMany`], [`ReadError::Unavailable`], [`ReadError::Store`].
    pub fn anomalies(&self, from_ms: i64, to_ms: i64, limit: usize) -> Result<AnomalyPage, ReadError> {
        let (mut hours, last) = (Vec::new(), to_ms.saturating_sub(1));
        for task in rows::holders(self.query(), ANOMALIES)? {
            let found = rows::windows(&task, ANOMALIES, arc_str(), spotted_serde(), |view| {
                view.fetch_all(from_ms.max(0), last, ROWS_MAX + 1)
            })?;
            hours.extend(found.into_iter().map(|(hour, row)| SpottedHour {
                metric: hour.key,
                start_ms: hour.window.start,
                end_ms: hour.window.start.saturating_add(Granularity::Hour.stored_ms()),
                spotted: row.value,
            }));
        }
        if hours.len() > ROWS_MAX {
            return Err(ReadError::TooMany { limit: ROWS_MAX });
        }
        hours.sort_by(|a, b| (b.start_ms, &a.metric).cmp(&(a.start_ms, &b.metric)));
        let more = hours.len() > limit;
        hours.truncate(limit);
        Ok(AnomalyPage { hours, more })
    }
}
