//! `POST /internal/v1/tasks/{task}/state`: what other instances ask of the tasks of this one.

use axum::Json;
use axum::extract::{Path, State};
use tillstream_runtime::TaskId;
use tillstream_stores::Question;

use super::params::excerpt;
use super::problem::Problem;
use crate::AppState;

/// Answers from the task's committed state. Never asks another instance, so that two instances cannot wait for each other.
pub(super) async fn state(
    State(state): State<AppState>,
    Path(task): Path<String>,
    Json(question): Json<Question>,
) -> Result<Vec<u8>, Problem> {
    let id: TaskId = task.parse().map_err(|_| Problem::not_found(format!("{} is no task", excerpt(&task))))?;
    let gone = || Problem::not_ready(format!("task {id} is not at this instance; ask again in a second"));
    let view = state.query().here(id).ok_or_else(gone)?;
    let pool = state.blocking_for_peers().clone();
    pool.run(move || Ok(view.reader.answer(&question)?)).await
}
