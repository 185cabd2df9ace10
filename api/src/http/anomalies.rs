//! `GET /v1/anomalies`: hours that stand out.

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use tillstream_processors::anomalies::SpottedHour;
use utoipa::{IntoParams, ToSchema};

use super::answer::Answer;
use super::params::{Params, QueryParams, Strict};
use super::problem::Problem;
use super::time::{Instant, parse_time};
use crate::AppState;

/// Which hours.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AnomalyParams {
    /// Hours that start at this time or later; RFC 3339 or a date.
    #[param(value_type = Option<String>, example = "2011-11-01")]
    from: Option<i64>,
    /// Hours that start before this time; RFC 3339 or a date.
    #[param(value_type = Option<String>, example = "2011-12-01")]
    to: Option<i64>,
    /// Most hours to answer, 1 to 1000; 100 if absent.
    #[param(value_type = Option<u32>, example = 10)]
    limit: usize,
}

impl QueryParams for AnomalyParams {
    fn read(params: &mut Params) -> Result<Self, Problem> {
        Ok(Self {
            from: params.parsed("from", parse_time)?,
            to: params.parsed("to", parse_time)?,
            limit: params.number("limit", 1, 1_000, 100)?,
        })
    }
}

/// An hour that stood out.
#[derive(Debug, Serialize, ToSchema)]
struct AnomalyView {
    /// The measure: orders or gross revenue, in one currency.
    #[schema(value_type = String, example = "revenue-GBP")]
    metric: Arc<str>,
    /// Start of the hour.
    start: Instant,
    /// End of the hour, exclusive.
    end: Instant,
    /// What was measured; money in major units, rounded as statistics are.
    #[schema(example = 171_679.08)]
    value: f64,
    /// What this hour of the week was in the weeks before.
    #[schema(example = 3_120.4)]
    expected: f64,
    /// How far off it is, in standard deviations; negative for a drop.
    #[schema(example = 12.6)]
    score: f64,
}

impl From<SpottedHour> for AnomalyView {
    fn from(hour: SpottedHour) -> Self {
        let SpottedHour { metric, start_ms, end_ms, spotted } = hour;
        Self {
            metric,
            start: Instant(start_ms),
            end: Instant(end_ms),
            value: spotted.value,
            expected: spotted.expected,
            score: spotted.score,
        }
    }
}

/// Hours that stood out.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AnomaliesAnswer {
    /// The latest first.
    items: Vec<AnomalyView>,
    /// Whether there are more before the last of them; ask on with its `start` as `to`.
    more: bool,
    /// Event time the answer goes up to.
    as_of: Option<Instant>,
}

/// Hours in which orders or revenue were far from what the same hour of the week was in the weeks before. An hour is judged once it
/// is final; operations hear of it on the topic of notifications.
#[utoipa::path(get, path = "/v1/anomalies", tag = "metrics", operation_id = "listAnomalies", params(AnomalyParams),
    responses(
        (status = 200, description = "hours that stood out", body = AnomaliesAnswer),
        (status = 400, description = "bad parameter", body = Problem),
        (status = 503, description = "state is being restored", body = Problem),
    ))]
pub(crate) async fn list(
    State(state): State<AppState>,
    Strict(params): Strict<AnomalyParams>,
) -> Result<Answer<AnomaliesAnswer>, Problem> {
    let work = move |state: &AppState| {
        let stamp = state.stamp();
        let (from, to) = (params.from.unwrap_or(0), params.to.unwrap_or(i64::MAX));
        let page = state.answers().anomalies(from, to, params.limit)?;
        let items = page.hours.into_iter().map(AnomalyView::from).collect();
        let as_of = Instant::known(stamp.stream_time);
        Ok(Answer::fresh(AnomaliesAnswer { items, more: page.more, as_of }, stamp))
    };
    state.scan(work).await
}
