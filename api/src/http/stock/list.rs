//! `GET /v1/stock`: how much there is of everything, or what runs low.

use axum::extract::State;
use serde::Serialize;
use tillstream_processors::stock::Stock;
use utoipa::{IntoParams, ToSchema};

use super::view::StockView;
use crate::AppState;
use crate::http::answer::Answer;
use crate::http::cursor;
use crate::http::params::{Params, QueryParams, Strict};
use crate::http::problem::Problem;
use crate::http::time::Instant;

/// Parameters of the list of stock.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParams {
    /// Only products of which there are fewer than this.
    #[param(example = 10)]
    low: Option<i64>,
    /// Most products to answer, 1 to 1000; 100 if absent.
    #[param(value_type = Option<u32>, example = 20)]
    limit: usize,
    /// `next` of the page before.
    after: Option<String>,
}

impl QueryParams for ListParams {
    fn read(params: &mut Params) -> Result<Self, Problem> {
        Ok(Self {
            low: params.parsed("low", |text| text.parse::<i64>().map_err(|_| "expected a whole number"))?,
            limit: params.number("limit", 1, 1_000, 100)?,
            after: params.parsed("after", cursor::decode_text)?,
        })
    }
}

/// A page of stock.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StocksAnswer {
    /// By product id.
    items: Vec<StockView>,
    /// Give it as `after` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// Event time the answer goes up to.
    as_of: Option<Instant>,
}

/// The stock of all products, or of those that run low.
#[utoipa::path(get, path = "/v1/stock", tag = "products", operation_id = "listStock", params(ListParams), responses(
    (status = 200, description = "a page of stock", body = StocksAnswer),
    (status = 400, description = "bad parameter", body = Problem),
    (status = 503, description = "state is being restored", body = Problem),
))]
pub(crate) async fn list(
    State(state): State<AppState>,
    Strict(params): Strict<ListParams>,
) -> Result<Answer<StocksAnswer>, Problem> {
    let work = move |state: &AppState| {
        let stamp = state.stamp();
        let page = state.answers().stock_levels(params.low, params.after.as_deref(), params.limit)?;
        let forecast = |stock: &Stock| state.answers().stock_forecast(stock);
        let view = |(id, stock)| StockView::of(id, stock, forecast(&stock));
        let items = page.products.into_iter().map(view).collect();
        let next = page.after.map(|after| cursor::encode(after.as_bytes()));
        let as_of = Instant::known(stamp.stream_time);
        Ok(Answer::fresh(StocksAnswer { items, next, as_of }, stamp))
    };
    state.scan(work).await
}
