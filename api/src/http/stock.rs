//! `GET /v1/stock`: how much of a product there is, and when it will be out.

use std::sync::Arc;

use axum::extract::{Path, State};
use serde::Serialize;
use tillstream_processors::stock::{Forecast, Stock};
use utoipa::{IntoParams, ToSchema};

use super::answer::Answer;
use super::cursor;
use super::params::{self, Params, QueryParams, Strict, excerpt};
use super::problem::Problem;
use super::time::{Instant, parse_duration};
use crate::AppState;

/// When a product will be out if it goes on to sell as of late.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ForecastView {
    /// Units sold a day, recent days counting more (`shop.demand_half_life`).
    #[schema(example = 12.5)]
    units_per_day: f64,
    /// Days until nothing is left; 0 when nothing is.
    #[schema(example = 3.36)]
    days_left: f64,
    /// When that is.
    out_at: Instant,
}

impl From<Forecast> for ForecastView {
    fn from(forecast: Forecast) -> Self {
        let Forecast { units_per_day, days_left, out_at_ms } = forecast;
        Self { units_per_day, days_left, out_at: Instant(out_at_ms) }
    }
}

/// The stock of a product.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct StockView {
    /// The product.
    #[schema(value_type = String, example = "85123A")]
    product_id: Arc<str>,
    /// How many there are; negative when more left than was known to be there.
    #[schema(example = 42)]
    level: i64,
    /// Adjustments heard of, all time.
    #[schema(example = 7)]
    adjustments: u64,
    /// Time of the last count.
    counted_at: Option<Instant>,
    /// Time of the last event.
    updated_at: Instant,
    /// When it will be out; null when that cannot be told: it was never counted, fewer than five sales or less than a day of it
    /// are known, or it does not sell.
    forecast: Option<ForecastView>,
}

impl StockView {
    fn of(product_id: Arc<str>, stock: Stock, forecast: Option<Forecast>) -> Self {
        let Stock { level, adjustments, counted_at_ms, updated_at_ms, .. } = stock;
        Self {
            product_id,
            level,
            adjustments,
            counted_at: counted_at_ms.map(Instant),
            updated_at: Instant(updated_at_ms),
            forecast: forecast.map(ForecastView::from),
        }
    }
}

/// The stock of a product, as of a time.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StockAnswer {
    #[serde(flatten)]
    stock: StockView,
    /// Event time the answer goes up to.
    as_of: Option<Instant>,
}

/// How much of a product there is.
#[utoipa::path(get, path = "/v1/stock/{productId}", tag = "products", operation_id = "getStock",
    params(("productId" = String, Path, description = "the product's id", example = "85123A")),
    responses(
        (status = 200, description = "the stock", body = StockAnswer),
        (status = 404, description = "nothing was ever said about it", body = Problem),
        (status = 503, description = "state is being restored", body = Problem),
    ))]
pub(crate) async fn get(
    State(state): State<AppState>,
    Path(product_id): Path<String>,
    _: Strict<params::Nothing>,
) -> Result<Answer<StockAnswer>, Problem> {
    let read = move |state: &AppState| {
        let stamp = state.stamp();
        let Some(stock) = state.answers().stock(&product_id)? else {
            return Err(Problem::not_found(format!("nothing was said about the stock of {}", excerpt(&product_id))));
        };
        let as_of = Instant::known(stamp.stream_time);
        let forecast = state.answers().stock_forecast(&stock);
        Ok(Answer::fresh(StockAnswer { stock: StockView::of(product_id.into(), stock, forecast), as_of }, stamp))
    };
    state.point_read(read).await
}

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
    let pool = state.blocking().clone();
    let work = move || {
        let stamp = state.stamp();
        let page = state.answers().stock_levels(params.low, params.after.as_deref(), params.limit)?;
        let forecast = |stock: &Stock| state.answers().stock_forecast(stock);
        let view = |(id, stock)| StockView::of(id, stock, forecast(&stock));
        let items = page.products.into_iter().map(view).collect();
        let next = page.after.map(|after| cursor::encode(after.as_bytes()));
        let as_of = Instant::known(stamp.stream_time);
        Ok(Answer::fresh(StocksAnswer { items, next, as_of }, stamp))
    };
    pool.run(work).await
}

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
    let pool = state.blocking().clone();
    let work = move || {
        let stamp = state.stamp();
        let within = params.within.unwrap_or(state.settings().stock_lead_time_ms);
        let outs = state.answers().stock_outs(within, params.limit)?.into_iter();
        let items = outs.map(|out| StockView::of(out.product_id, out.stock, Some(out.forecast))).collect();
        Ok(Answer::fresh(OutsAnswer { items, as_of: Instant::known(stamp.stream_time) }, stamp))
    };
    pool.run(work).await
}
