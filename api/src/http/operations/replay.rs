//! `GET /v1/replay`: how far the demo's replay is.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::AppState;
use crate::http::params::{self, Strict};
use crate::http::problem::Problem;

/// Progress of a replay.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Replay {
    /// Events of the source; 0 when nothing is replayed.
    #[schema(example = 77_700)]
    total: u64,
    /// Events published, all time.
    #[schema(example = 12_000)]
    published: u64,
    /// Whether all events are published and processed.
    done: bool,
}

/// How far the replay of recorded events is.
#[utoipa::path(get, path = "/v1/replay", tag = "operations", responses(
    (status = 200, description = "progress", body = Replay),
    (status = 400, description = "unknown parameter", body = Problem),
))]
pub(crate) async fn replay(State(state): State<AppState>, _: Strict<params::Nothing>) -> Json<Replay> {
    let progress = state.replay();
    Json(Replay { total: progress.total(), published: progress.published(), done: progress.is_done() })
}
