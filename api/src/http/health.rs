//! Is the process alive, and may it be asked?

use axum::extract::State;
use serde::Serialize;
use tillstream_runtime::ApplicationState;
use utoipa::ToSchema;

use super::params::{self, Strict};
use super::problem::Problem;
use crate::AppState;

/// The state of the service in a word.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `alive` or `ready`.
    #[schema(example = "ready")]
    status: &'static str,
}

/// Whether the process works at all. An orchestrator restarts it when this fails; a restore does not fail it.
#[utoipa::path(get, path = "/livez", tag = "operations", responses(
    (status = 200, description = "alive", body = Health),
    (status = 503, description = "a stream thread has failed; only a restart helps", body = Problem),
))]
pub(crate) async fn livez(
    State(state): State<AppState>,
    _: Strict<params::Nothing>,
) -> Result<axum::Json<Health>, Problem> {
    match state.application().state() {
        ApplicationState::Failed(reason) => Err(Problem::not_ready(format!("a stream thread has failed: {reason}"))),
        _ => Ok(axum::Json(Health { status: "alive" })),
    }
}

/// Whether requests make sense now: state restored, all tasks running, not about to stop.
#[utoipa::path(get, path = "/readyz", tag = "operations", responses(
    (status = 200, description = "ready", body = Health),
    (status = 503, description = "not ready, with the reason", body = Problem),
))]
pub(crate) async fn readyz(
    State(state): State<AppState>,
    _: Strict<params::Nothing>,
) -> Result<axum::Json<Health>, Problem> {
    if state.is_draining() {
        return Err(Problem::not_ready("the service is stopping"));
    }
    match state.application().state() {
        ApplicationState::Running => Ok(axum::Json(Health { status: "ready" })),
        ApplicationState::Restoring => {
            let restore = state.application().restore_progress().total();
            Err(Problem::not_ready(match restore.total {
                0 => "tasks are being assigned and opened".to_owned(),
                total => format!("state is being restored: {} of {total} records", restore.done),
            }))
        }
        ApplicationState::Parked(reason) => {
            Err(Problem::not_ready(format!("processing is paused: {reason}")).retry_after(10))
        }
        ApplicationState::Failed(reason) => Err(Problem::not_ready(format!("processing has failed: {reason}"))),
        ApplicationState::Stopped => Err(Problem::not_ready("processing has stopped")),
    }
}
