//! `GET /v1/funnel`: how far visits get.

use axum::extract::State;
use serde::Serialize;
use tillstream_processors::revenue::Granularity;
use tillstream_processors::visits::FunnelPoint;
use utoipa::{IntoParams, ToSchema};

use super::answer::Answer;
use super::metrics::share;
use super::params::{Params, QueryParams, Strict};
use super::problem::Problem;
use super::time::{Instant, parse_time};
use crate::AppState;

const GRANULARITIES: [(&str, Granularity); 3] =
    [("hour", Granularity::Hour), ("day", Granularity::Day), ("month", Granularity::Month)];

/// Parameters of the funnel.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FunnelParams {
    /// Size of the windows: `hour`, `day` (the default) or `month`.
    #[param(value_type = Option<String>, example = "hour")]
    granularity: Granularity,
    /// Windows that start at this time or later; RFC 3339 or a date.
    #[param(value_type = Option<String>, example = "2026-01-05")]
    from: Option<i64>,
    /// Windows that start before this time; RFC 3339 or a date.
    #[param(value_type = Option<String>, example = "2026-01-06")]
    to: Option<i64>,
}

impl QueryParams for FunnelParams {
    fn read(params: &mut Params) -> Result<Self, Problem> {
        Ok(Self {
            granularity: params.choice("granularity", &GRANULARITIES)?.unwrap_or(Granularity::Day),
            from: params.parsed("from", parse_time)?,
            to: params.parsed("to", parse_time)?,
        })
    }
}

/// The visits that began in one window, by how far they got, and the orders placed in it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct FunnelView {
    /// Start of the window.
    start: Instant,
    /// End of the window, exclusive.
    end: Instant,
    /// Visits; one ends when its visitor pauses for half an hour (`shop.visit_gap`).
    #[schema(example = 1200)]
    visits: i64,
    /// Visits in which a product was looked at.
    #[schema(example = 1100)]
    viewed: i64,
    /// Visits in which something was put into the cart.
    #[schema(example = 240)]
    added_to_cart: i64,
    /// Visits in which the visitor went to pay.
    #[schema(example = 80)]
    checked_out: i64,
    /// Confirmed orders.
    #[schema(example = 39)]
    orders: i64,
    /// Orders by visit; null without visits.
    #[schema(example = 0.0325)]
    conversion: Option<f64>,
    /// Whether it will not change any more.
    #[serde(rename = "final")]
    is_final: bool,
}

impl From<FunnelPoint> for FunnelView {
    fn from(point: FunnelPoint) -> Self {
        let FunnelPoint { start_ms, end_ms, funnel, orders, is_final } = point;
        Self {
            start: Instant(start_ms),
            end: Instant(end_ms),
            visits: funnel.visits,
            viewed: funnel.viewed,
            added_to_cart: funnel.added_to_cart,
            checked_out: funnel.checked_out,
            orders,
            conversion: (funnel.visits > 0).then(|| share(orders, funnel.visits)),
            is_final,
        }
    }
}

/// The funnel.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FunnelAnswer {
    /// Size of the windows.
    #[schema(example = "hour")]
    granularity: &'static str,
    /// By time. Windows without visits and orders have none.
    points: Vec<FunnelView>,
    /// Event time the answer goes up to; null before the first event.
    as_of: Option<Instant>,
}

/// How far visits to the web shop get, from the first page to an order. Stages count visits in which they were reached, in the
/// window in which the visit began.
#[utoipa::path(get, path = "/v1/funnel", tag = "metrics", operation_id = "getFunnel", params(FunnelParams), responses(
    (status = 200, description = "the funnel by window", body = FunnelAnswer),
    (status = 400, description = "bad parameter", body = Problem),
    (status = 503, description = "state is being restored", body = Problem),
))]
pub(crate) async fn funnel(
    State(state): State<AppState>,
    Strict(params): Strict<FunnelParams>,
) -> Result<Answer<FunnelAnswer>, Problem> {
    let work = move |state: &AppState| {
        let stamp = state.stamp();
        let (from, to) = (params.from.unwrap_or(0), params.to.unwrap_or(i64::MAX));
        let points = state.answers().funnel(params.granularity, from, to)?.into_iter().map(FunnelView::from).collect();
        let as_of = Instant::known(stamp.stream_time);
        Ok(Answer::fresh(FunnelAnswer { granularity: params.granularity.as_str(), points, as_of }, stamp))
    };
    state.scan(work).await
}
