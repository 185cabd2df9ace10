//! `GET /v1/traces`

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tillstream_runtime::trace::{Span, TraceId};
use utoipa::{IntoParams, ToSchema};

use super::view::extent;
use crate::AppState;
use crate::http::params::{Params, QueryParams, Strict};
use crate::http::problem::Problem;
use crate::http::time::Instant;

/// Longest duration that can be asked for, ms: a day.
const MAX_DURATION_MS: usize = 86_400_000;

/// Which traces.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub(crate) struct TraceParams {
    /// Most traces to answer, 1 to 1000; 20 if absent.
    #[param(value_type = Option<u32>, example = 20)]
    limit: usize,
    /// Only traces that took so long, ms.
    #[param(value_type = Option<u32>, example = 100)]
    min_duration_ms: usize,
}

impl QueryParams for TraceParams {
    fn read(params: &mut Params) -> Result<Self, Problem> {
        Ok(Self {
            limit: params.number("limit", 1, 1_000, 20)?,
            min_duration_ms: params.number("minDurationMs", 0, MAX_DURATION_MS, 0)?,
        })
    }
}

/// The span of a trace that took longest.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SlowestView {
    /// What was done, and to what.
    #[schema(example = "send tillstream-baskets-repartition")]
    name: String,
    /// The task that did it; absent for requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "0_2")]
    task: Option<String>,
    /// How long it took, ms.
    #[schema(example = 21)]
    duration_ms: i64,
}

/// A trace in short.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SummaryView {
    /// The trace.
    #[schema(example = "4bf92f3577b34da6a3ce929d0e0e4736")]
    trace_id: String,
    /// Its first span that is known here.
    #[schema(example = "POST /v1/topics/{topic}/events")]
    name: String,
    /// When that began.
    start: Instant,
    /// From then to the end of its last span, ms.
    #[schema(example = 48)]
    duration_ms: i64,
    /// Number of its spans that are known here.
    #[schema(example = 25)]
    spans: usize,
    /// The slowest of them.
    slowest: SlowestView,
}

/// Traces in short.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TracesAnswer {
    /// The newest first.
    traces: Vec<SummaryView>,
}

/// The newest traces this instance knows of, each with its slowest span.
#[utoipa::path(get, path = "/v1/traces", tag = "operations", operation_id = "listTraces", params(TraceParams), responses(
    (status = 200, description = "traces", body = TracesAnswer),
    (status = 400, description = "bad parameter", body = Problem),
))]
pub(crate) async fn list(
    State(state): State<AppState>,
    Strict(params): Strict<TraceParams>,
) -> Result<Json<TracesAnswer>, Problem> {
    state.scan(move |state| Ok(Json(TracesAnswer { traces: summaries(&state.traces().kept.all(), &params) }))).await
}

fn summaries(spans: &[Arc<Span>], params: &TraceParams) -> Vec<SummaryView> {
    let mut traces: BTreeMap<TraceId, Vec<&Span>> = BTreeMap::new();
    for span in spans {
        traces.entry(span.trace_id).or_default().push(span);
    }
    let mut summaries: Vec<SummaryView> = traces.into_iter().filter_map(|(id, spans)| summary(id, &spans)).collect();
    let least = i64::try_from(params.min_duration_ms).unwrap_or(i64::MAX);
    summaries.retain(|trace| trace.duration_ms >= least);
    // By id among those of the same millisecond: the sort keeps their order.
    summaries.sort_by_key(|trace| std::cmp::Reverse(trace.start));
    summaries.truncate(params.limit);
    summaries
}

fn summary(id: TraceId, spans: &[&Span]) -> Option<SummaryView> {
    let (start_ms, end_ms) = extent(spans.iter().copied());
    let first = spans.iter().min_by_key(|span| span.start_ms)?;
    let slowest = spans.iter().max_by_key(|span| (span.duration_ms(), std::cmp::Reverse(span.start_ms)))?;
    Some(SummaryView {
        trace_id: id.to_string(),
        name: first.name.clone(),
        start: Instant(start_ms),
        duration_ms: end_ms - start_ms,
        spans: spans.len(),
        slowest: SlowestView {
            name: slowest.name.clone(),
            task: slowest.attribute(Span::TASK).map(ToString::to_string),
            duration_ms: slowest.duration_ms(),
        },
    })
}
