//! `GET /v1/lag`: how far consumers are behind.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tillstream_runtime::lag::{GroupLag, PartitionLag, all_groups, newest_times, next_times};
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
        // The mark of a replay is an offset of no record: it has no lag.
        let real = |lag: &PartitionLag| &*lag.topic != REPLAY_TOPIC;
        let known: Vec<(Arc<str>, Vec<PartitionLag>)> = known
            .into_iter()
            .map(|GroupLag { group, partitions }| (group, partitions.into_iter().filter(real).collect()))
            .filter(|(_, partitions): &(_, Vec<_>)| !partitions.is_empty())
            .collect();
        let waiting: Vec<PartitionLag> = known.iter().flat_map(|(_, partitions)| partitions).cloned().collect();
        let mut seconds = waiting_seconds(log, &waiting, now)?.into_iter();
        let groups: Vec<GroupView> = known
            .into_iter()
            .map(|(group, partitions)| {
                let views = partitions.into_iter().zip(seconds.by_ref());
                GroupView { group, partitions: views.map(|(lag, seconds)| view(lag, seconds)).collect() }
            })
            .collect();
        let total_lag = groups.iter().flat_map(|group| &group.partitions).map(|partition| partition.lag).sum();
        Ok(Self { groups, total_lag })
    }
}

fn view(partition: PartitionLag, lag_seconds: f64) -> PartitionView {
    let lag = partition.lag();
    let PartitionLag { topic, partition, committed, end } = partition;
    PartitionView { topic, partition, committed, end, lag, lag_seconds }
}

/// For how long the next record of each has waited. The log is asked once for all of them.
fn waiting_seconds(log: &dyn Log, partitions: &[PartitionLag], now: Now) -> Result<Vec<f64>, LogError> {
    let nexts = next_times(log, partitions)?;
    let nows = match now {
        Now::Wall(now) => vec![Some(now); nexts.len()],
        Now::NewestRecord => newest_of_waiting(log, partitions)?,
    };
    let waited = |(next, now): (Option<i64>, Option<i64>)| next.zip(now).map_or(0, |(next, now)| (now - next).max(0));
    Ok(nexts.into_iter().zip(nows).map(|times| waited(times) as f64 / 1_000.0).collect())
}

/// Event times of the newest records, where there is lag.
fn newest_of_waiting(log: &dyn Log, partitions: &[PartitionLag]) -> Result<Vec<Option<i64>>, LogError> {
    let waiting = partitions.iter().filter(|lag| lag.lag() > 0).map(PartitionLag::place);
    // Several groups may wait for the same.
    let waiting: BTreeSet<TopicPartition> = waiting.collect();
    let waiting: Vec<TopicPartition> = waiting.into_iter().collect();
    let newest: BTreeMap<&TopicPartition, Option<i64>> = waiting.iter().zip(newest_times(log, &waiting)?).collect();
    Ok(partitions.iter().map(|lag| newest.get(&lag.place()).copied().flatten()).collect())
}
