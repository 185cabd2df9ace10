//! `GET /v1/tasks`: what runs where.

use axum::extract::State;
use serde::Serialize;
use tillstream_runtime::ApplicationState;
use tillstream_runtime::query::TaskView;
use utoipa::ToSchema;

use super::ledger::LedgerEntry;
use crate::AppState;
use crate::http::answer::Answer;
use crate::http::params::{self, Strict};
use crate::http::problem::Problem;
use crate::http::time::Instant;

/// A task: one partition of one sub-topology.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Task {
    /// `<sub-topology>_<partition>`
    #[schema(example = "0_3")]
    id: String,
    /// The instance that runs it, as it advertises itself; absent for this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    /// The stream thread of this instance that runs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    thread: Option<usize>,
    /// Its stores.
    stores: Vec<String>,
    /// Event time as of its last commit.
    stream_time: Option<Instant>,
    /// Records processed: since the application started, of another instance's task of all time.
    processed: u64,
    /// How far its inputs are read: `topic:partition=next offset,…`.
    #[schema(example = "orders:3=812;payments:3=790")]
    position: String,
    /// What became of its records, all time.
    ledger: std::collections::BTreeMap<String, LedgerEntry>,
}

/// A task of another instance whose state this one keeps warm.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Standby {
    /// `<sub-topology>_<partition>`
    #[schema(example = "1_2")]
    id: String,
    /// Changelog records it lacks.
    lag_records: u64,
    /// All that was committed by then is in it; wall clock, epoch milliseconds.
    as_of_ms: i64,
}

/// All tasks that are known.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tasks {
    /// `running`, `restoring`, `parked`, `failed` or `stopped`.
    #[schema(example = "running")]
    state: &'static str,
    /// Why, where it is not running.
    reason: Option<String>,
    /// By id.
    tasks: Vec<Task>,
    /// What `?stale=true` reads here, by id; those that have not caught up yet are not among them.
    standbys: Vec<Standby>,
    /// Event time of the furthest task.
    as_of: Option<Instant>,
}

impl From<&TaskView> for Task {
    fn from(view: &TaskView) -> Self {
        Self {
            id: view.id.to_string(),
            owner: view.owner.as_deref().map(str::to_owned),
            thread: view.owner.is_none().then_some(view.thread),
            stores: view.stores.to_vec(),
            stream_time: Instant::known(view.stream_time),
            processed: view.processed,
            position: view.position.to_string(),
            ledger: view.ledger.iter().map(|(topic, entry)| (topic.clone(), entry.into())).collect(),
        }
    }
}

/// The tasks of this instance and, where they are known, of the others, with their stores, clocks and positions.
#[utoipa::path(get, path = "/v1/tasks", tag = "operations", responses(
    (status = 200, description = "the tasks", body = Tasks),
    (status = 400, description = "unknown parameter", body = Problem),
))]
pub(crate) async fn tasks(State(state): State<AppState>, _: Strict<params::Nothing>) -> Answer<Tasks> {
    let stamp = state.stamp();
    let (word, reason) = match state.application().state() {
        ApplicationState::Running => ("running", None),
        ApplicationState::Restoring => ("restoring", None),
        ApplicationState::Parked(reason) => ("parked", Some(reason)),
        ApplicationState::Failed(reason) => ("failed", Some(reason)),
        ApplicationState::Stopped => ("stopped", None),
    };
    let tasks = state.query().tasks().iter().map(|task| Task::from(&**task)).collect();
    let standby = |task: &TaskView| {
        let age = task.staleness?;
        Some(Standby { id: task.id.to_string(), lag_records: age.records, as_of_ms: age.as_of_ms })
    };
    let standbys = state.query().standbys().iter().filter_map(|task| standby(task)).collect();
    let as_of = Instant::known(stamp.stream_time);
    Answer::fresh(Tasks { state: word, reason, tasks, standbys, as_of }, stamp)
}
