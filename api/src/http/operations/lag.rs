//! `GET /v1/lag`: how far consumers are behind.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tillstream_runtime::lag::{GroupLag, PartitionLag, all_groups};
use tillstream_runtime::log::{Log, LogError, TopicPartition};
use utoipa::ToSchema;

use crate::AppState;
use crate::http::params::{self, Strict};
use crate::http::problem::Problem;
use crate::replay_progress::REPLAY_TOPIC;

/// Lag of one partition.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PartitionView {
    /// The topic.
    #[schema(value_type = String, example = "orders")]
    pub(crate) topic: Arc<str>,
    /// The partition.
    #[schema(example = 0)]
    pub(crate) partition: u32,
    /// Offset of the next record the group will process.
    #[schema(example = 812)]
    pub(crate) committed: i64,
    /// Offset behind the last record.
    #[schema(example = 840)]
    pub(crate) end: i64,
    /// Records not yet processed.
    #[schema(example = 28)]
    pub(crate) lag: u64,
    /// Seconds since the event time of the next record; 0 without lag. In a replay, up to the event time of the newest
    /// record, since the wall clock says nothing there.
    #[schema(example = 1.25)]
    pub(crate) lag_seconds: f64,
}

/// Lag of one consumer group.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct GroupView {
    /// The group.
    #[schema(value_type = String, example = "tillstream")]
    pub(crate) group: Arc<str>,
    /// By topic and partition.
    pub(crate) partitions: Vec<PartitionView>,
}

/// Lag of all groups.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Lag {
    /// By name.
    pub(crate) groups: Vec<GroupView>,
    /// Records not yet processed, over all groups.
    #[schema(example = 28)]
    pub(crate) total_lag: u64,
}

/// Consumer lag by group, topic and partition, in records and in seconds.
#[utoipa::path(get, path = "/v1/lag", tag = "operations", responses(
    (status = 200, description = "lag", body = Lag),
    (status = 400, description = "unknown parameter", body = Problem),
))]
pub(crate) async fn lag(State(state): State<AppState>, _: Strict<params::Nothing>) -> Result<Json<Lag>, Problem> {
    Ok(Json(state.scan(|state| Ok(Lag::of(state)?)).await?))
}

/// Up to when lag in seconds is counted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Now {
    /// The wall clock, epoch ms.
    Wall(i64),
    /// The newest record of each partition.
    NewestRecord,
}

impl Now {
    fn of(state: &AppState) -> Self {
        if state.settings().replay { Self::NewestRecord } else { Self::Wall(state.now_ms()) }
    }
}

impl Lag {
    /// The lag of all groups; of the application's own also where it has not committed yet. Blocking.
    pub(crate) fn of(state: &AppState) -> Result<Self, LogError> {
        Self::told(&**state.log(), state.application().lag()?, Now::of(state))
    }

    /// The lag of all groups, of a log no application works on. Blocking.
    pub(crate) fn read(log: &dyn Log, now: Now) -> Result<Self, LogError> {
        Self::told(log, all_groups(log)?, now)
    }

    fn told(log: &dyn Log, known: Vec<GroupLag>, now: Now) -> Result<Self, LogError> {
        let mut groups = Vec::new();
        for group in known {
            groups.extend(GroupView::of(log, group, now)?);
        }
        let total_lag = groups.iter().flat_map(|group| &group.partitions).map(|partition| partition.lag).sum();
        Ok(Self { groups, total_lag })
    }
}

impl GroupView {
    /// `None` for a group without partitions worth telling of.
    fn of(log: &dyn Log, group: GroupLag, now: Now) -> Result<Option<Self>, LogError> {
        let GroupLag { group, partitions } = group;
        // The mark of a replay is an offset of no record: it has no lag.
        let real = partitions.into_iter().filter(|partition| &*partition.topic != REPLAY_TOPIC);
        let partitions = real.map(|partition| view(log, partition, now)).collect::<Result<Vec<_>, _>>()?;
        Ok((!partitions.is_empty()).then_some(Self { group, partitions }))
    }
}

fn view(log: &dyn Log, partition: PartitionLag, now: Now) -> Result<PartitionView, LogError> {
    let lag = partition.lag();
    let lag_ms = if lag == 0 { 0 } else { waiting_ms(log, &partition, now)? };
    let PartitionLag { topic, partition, committed, end } = partition;
    Ok(PartitionView { topic, partition, committed, end, lag, lag_seconds: lag_ms as f64 / 1_000.0 })
}

fn waiting_ms(log: &dyn Log, lag: &PartitionLag, now: Now) -> Result<i64, LogError> {
    let partition = TopicPartition { topic: Arc::clone(&lag.topic), partition: lag.partition };
    let Some(next) = timestamp_from(log, &partition, lag.committed)? else {
        return Ok(0);
    };
    let now = match now {
        Now::Wall(now) => now,
        Now::NewestRecord => timestamp_from(log, &partition, lag.end - 1)?.unwrap_or(next),
    };
    Ok((now - next).max(0))
}

/// Timestamp of the first record from `offset` on; `None` if there is none, or if it was purged meanwhile.
fn timestamp_from(log: &dyn Log, partition: &TopicPartition, offset: i64) -> Result<Option<i64>, LogError> {
    let mut reader = log.reader()?;
    reader.assign(partition, offset)?;
    match reader.poll(Duration::ZERO) {
        Ok(fetched) => Ok(fetched.first().and_then(|fetched| fetched.records.first()).map(|record| record.timestamp)),
        Err(LogError::OffsetOutOfRange { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
