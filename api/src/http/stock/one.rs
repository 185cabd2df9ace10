//! `GET /v1/stock/{productId}`: how much of a product there is.

use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;

use super::view::StockView;
use crate::AppState;
use crate::http::answer::Answer;
use crate::http::params::{self, Strict, excerpt};
use crate::http::problem::Problem;
use crate::http::time::Instant;

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
