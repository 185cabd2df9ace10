//! `GET /v1/traces/{traceId}`

use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use tillstream_runtime::trace::TraceId;
use utoipa::ToSchema;

use super::view::{SpanView, extent, tree};
use crate::AppState;
use crate::http::params::{self, Strict, excerpt};
use crate::http::problem::Problem;
use crate::http::time::Instant;

/// What this instance knows of a trace.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TraceAnswer {
    /// The trace.
    #[schema(example = "4bf92f3577b34da6a3ce929d0e0e4736")]
    trace_id: String,
    /// When its first span began.
    start: Instant,
    /// From then to the end of its last span, ms.
    #[schema(example = 48)]
    duration_ms: i64,
    /// Its spans as a tree, each behind its parent.
    spans: Vec<SpanView>,
}

/// A trace: the request, and for each task on the way how long its records waited to be processed, how long that took, and how long
/// until the results were committed. Each instance answers from the newest spans of its own.
#[utoipa::path(get, path = "/v1/traces/{traceId}", tag = "operations", operation_id = "getTrace",
    params(("traceId" = String, Path, description = "32 hexadecimal digits", example = "4bf92f3577b34da6a3ce929d0e0e4736")),
    responses(
        (status = 200, description = "the trace", body = TraceAnswer),
        (status = 400, description = "not a trace id", body = Problem),
        (status = 404, description = "no span of it is known here", body = Problem),
    ))]
pub(crate) async fn get(
    State(state): State<AppState>,
    Path(trace_id): Path<String>,
    _: Strict<params::Nothing>,
) -> Result<Json<TraceAnswer>, Problem> {
    let id: TraceId = trace_id
        .parse()
        .map_err(|error| Problem::parameter("traceId", format!("`traceId` is {:?}: {error}", excerpt(&trace_id))))?;
    let read = move |state: &AppState| {
        let spans = state.traces().kept.of(id);
        if spans.is_empty() {
            return Err(Problem::not_found(hint(id, state.traces().kept.capacity())));
        }
        let (start_ms, end_ms) = extent(spans.iter().map(AsRef::as_ref));
        let (start, duration_ms) = (Instant(start_ms), end_ms - start_ms);
        Ok(Json(TraceAnswer { trace_id: id.to_string(), start, duration_ms, spans: tree(spans) }))
    };
    state.scan(read).await
}

fn hint(id: TraceId, capacity: usize) -> String {
    match capacity {
        0 => format!("no spans are kept here, of {id} or any other: tracing.keep_spans is 0"),
        spans => format!(
            "no span of {id} is known here. Each instance keeps the newest {spans} spans it made (tracing.keep_spans), of sampled \
             traces only; a request begins one with a `traceparent` whose last field is 01"
        ),
    }
}
