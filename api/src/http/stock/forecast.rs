//! `GET /v1/stock/forecast`: what runs out first.

use axum::extract::State;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::view::StockView;
use crate::AppState;
use crate::http::answer::Answer;
use crate::http::params::{Params, QueryParams, Strict};
use crate::http::problem::Problem;
use crate::http::time::{Instant, parse_duration};

/// Parameters of the list of what runs out.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OutParams {
    /// Only products that will be out within this time, such as `7d` or `12h`; `shop.stock_lead_time` if absent.
    #[param(value_type = Option<String>, example = "7d")]
    within: Option<i64>,
    /// Most products to answer, 1 to 1000; 100 if absent.
    #[param(value_type = Option<u32>, example = 20)]
    limit: usize,
}

impl QueryParams for OutParams {
    fn read(params: &mut Params) -> Result<Self, Problem> {
        let within = params.parsed("within", parse_duration)?;
        Ok(Self { within, limit: params.number("limit", 1, 1_000, 100)? })
    }
}

/// What runs out.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OutsAnswer {
    /// Those that are out first before others.
    items: Vec<StockView>,
    /// Event time the answer goes up to.
    as_of: Option<Instant>,
}

/// The products that will be out soon if they go on to sell as of late, the first to be out first.
#[utoipa::path(get, path = "/v1/stock/forecast", tag = "products", operation_id = "listStockOuts", params(OutParams),
    responses(
        (status = 200, description = "what runs out", body = OutsAnswer),
        (status = 400, description = "bad parameter", body = Problem),
        (status = 503, description = "state is being restored", body = Problem),
    ))]
pub(crate) async fn forecast(
    State(state): State<AppState>,
    Strict(params): Strict<OutParams>,
) -> Result<Answer<OutsAnswer>, Problem> {
    let work = move |state: &AppState| {
        let stamp = state.stamp();
        let within = params.within.unwrap_or_else(|| state.settings().stock_lead_time_ms);
        let outs = state.answers().stock_outs(within, params.limit)?.into_iter();
        let items = outs.map(|out| StockView::of(out.product_id, out.stock, Some(out.forecast))).collect();
        Ok(Answer::fresh(OutsAnswer { items, as_of: Instant::known(stamp.stream_time) }, stamp))
    };
    state.scan(work).await
}
