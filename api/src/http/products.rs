//! `GET /v1/products/…`: best sellers, bought together.

use std::sync::Arc;

use axum::extract::{Path, State};
use serde::Serialize;
use tillstream_models::events::{Currency, Money};
use tillstream_processors::best_sellers::{Label, RankBy, Ranked, RankingQuery};
use tillstream_processors::co_purchase::Companion;
use utoipa::{IntoParams, ToSchema};

use super::answer::Answer;
use super::params::{Params, QueryParams, Strict, excerpt};
use super::problem::Problem;
use super::time::{Instant, parse_duration};
use crate::AppState;

const RANKINGS: [(&str, RankBy); 2] = [("units", RankBy::Units), ("revenue", RankBy::Revenue)];

/// Parameters of the best sellers.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TopParams {
    /// Length of the window that ends now, whole hours, such as `24h` or `7d`; `shop.top_products_window` if absent.
    #[param(value_type = Option<String>, example = "24h")]
    window: Option<i64>,
    /// Ranked by `units` (the default) or `revenue`.
    #[param(value_type = Option<String>, example = "revenue")]
    by: RankBy,
    /// Only products of this category.
    category: Option<String>,
    /// Sales in this currency only.
    #[param(value_type = Option<String>, example = "GBP")]
    currency: Option<Currency>,
    /// Most products to answer, 1 to 1000; 10 if absent.
    #[param(value_type = Option<u32>, example = 10)]
    limit: usize,
}

impl QueryParams for TopParams {
    fn read(params: &mut Params) -> Result<Self, Problem> {
        Ok(Self {
            window: params.parsed("window", parse_duration)?,
            by: params.choice("by", &RANKINGS)?.unwrap_or(RankBy::Units),
            category: params.text("category")?,
            currency: params.parsed("currency", str::parse)?,
            limit: params.number("limit", 1, 1_000, 10)?,
        })
    }
}

/// A product in a ranking.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RankedView {
    /// Place, from 1.
    #[schema(example = 1)]
    rank: usize,
    /// The product.
    #[schema(value_type = String, example = "85123A")]
    product_id: Arc<str>,
    /// Its name; null when only returns of it are known.
    #[schema(value_type = Option<String>, example = "WHITE HANGING HEART T-LIGHT HOLDER")]
    name: Option<Arc<str>>,
    /// Its category.
    #[schema(value_type = Option<String>, example = "lighting")]
    category: Option<Arc<str>>,
    /// Units sold.
    #[schema(example = 454)]
    units: i64,
    /// Gross revenue less refunds; null when it was sold in several currencies.
    #[schema(value_type = Option<String>, example = "1157.70")]
    revenue: Option<Money>,
    /// The currency of the revenue.
    #[schema(value_type = Option<String>, example = "GBP")]
    currency: Option<Currency>,
}

impl RankedView {
    fn of(place: usize, ranked: Ranked) -> Self {
        let (name, category) = ranked.label.map(|Label { name, category, .. }| (name, category)).unzip();
        let (revenue, currency) = ranked.revenue.unzip();
        Self { rank: place + 1, product_id: ranked.product_id, name, category, units: ranked.units, revenue, currency }
    }
}

/// Best sellers.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TopAnswer {
    /// `units` or `revenue`.
    #[schema(example = "revenue")]
    by: &'static str,
    /// Length of the window, ms.
    #[schema(example = 86_400_000)]
    window_ms: i64,
    /// Best first.
    items: Vec<RankedView>,
    /// Event time the window ends at.
    as_of: Option<Instant>,
}

/// What sells best in a window that ends now (event time).
#[utoipa::path(get, path = "/v1/products/top", tag = "products", operation_id = "getTopProducts", params(TopParams),
    responses(
        (status = 200, description = "the ranking", body = TopAnswer),
        (status = 400, description = "bad parameter", body = Problem),
        (status = 503, description = "state is being restored", body = Problem),
    ))]
pub(crate) async fn top(
    State(state): State<AppState>,
    Strict(params): Strict<TopParams>,
) -> Result<Answer<TopAnswer>, Problem> {
    let work = move |state: &AppState| {
        let TopParams { window, by, category, currency, limit } = params;
        let window_ms = window.unwrap_or_else(|| state.settings().top_window_ms);
        let ranking = RankingQuery { window_ms, by, currency };
        let top = state.answers().top_products(ranking, category.as_deref(), limit)?;
        let stamp = state.stamp_of(&top.as_of);
        let items = top.products.into_iter().enumerate().map(|(place, ranked)| RankedView::of(place, ranked)).collect();
        let by = if by == RankBy::Units { "units" } else { "revenue" };
        let as_of = Instant::known(stamp.stream_time);
        Ok(Answer::fresh(TopAnswer { by, window_ms, items, as_of }, stamp))
    };
    state.scan(work).await
}

/// Parameters of "bought together".
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TogetherParams {
    /// Most products to answer, 1 to 1000; 10 if absent.
    #[param(value_type = Option<u32>, example = 10)]
    limit: usize,
}

impl QueryParams for TogetherParams {
    fn read(params: &mut Params) -> Result<Self, Problem> {
        Ok(Self { limit: params.number("limit", 1, 1_000, 10)? })
    }
}

/// A product that is bought together with another.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CompanionView {
    /// The product.
    #[schema(value_type = String, example = "22697")]
    product_id: Arc<str>,
    /// Its name.
    #[schema(value_type = Option<String>, example = "GREEN REGENCY TEACUP AND SAUCER")]
    name: Option<Arc<str>>,
    /// Cosine of the baskets, 0 to 1: shared ones by the root of the product of both counts.
    #[schema(example = 0.74)]
    score: f64,
    /// Baskets that hold both.
    #[schema(example = 791)]
    count: i64,
}

/// What is bought together with a product.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TogetherAnswer {
    /// The product.
    #[schema(example = "22699")]
    product_id: String,
    /// Its name.
    #[schema(value_type = Option<String>, example = "ROSES REGENCY TEACUP AND SAUCER")]
    name: Option<Arc<str>>,
    /// By score, then count.
    items: Vec<CompanionView>,
    /// Event time the answer goes up to.
    as_of: Option<Instant>,
}

/// Which products are in the same baskets as a product.
#[utoipa::path(get, path = "/v1/products/{id}/bought-together", tag = "products", operation_id = "getBoughtTogether",
    params(("id" = String, Path, description = "the product's id", example = "22699"), TogetherParams),
    responses(
        (status = 200, description = "companions, best first", body = TogetherAnswer),
        (status = 400, description = "bad parameter", body = Problem),
        (status = 404, description = "the product was never sold", body = Problem),
        (status = 503, description = "state is being restored", body = Problem),
    ))]
pub(crate) async fn bought_together(
    State(state): State<AppState>,
    Path(product_id): Path<String>,
    Strict(params): Strict<TogetherParams>,
) -> Result<Answer<TogetherAnswer>, Problem> {
    state.scan(move |state| together(state, product_id, params.limit)).await
}

fn together(state: &AppState, product_id: String, limit: usize) -> Result<Answer<TogetherAnswer>, Problem> {
    let name = |id: &str| state.answers().label(id).map(|label| label.map(|label| label.name));
    let (own_name, companions) = (name(&product_id)?, state.answers().bought_together(&product_id, limit)?);
    let stamp = state.stamp_of(&companions.as_of);
    let companions = companions.products;
    if own_name.is_none() && companions.is_empty() {
        return Err(Problem::not_found(format!("product {} was never sold", excerpt(&product_id))));
    }
    let mut items = Vec::with_capacity(companions.len());
    for Companion { product_id, score, count } in companions {
        items.push(CompanionView { name: name(&product_id)?, product_id, score, count });
    }
    let as_of = Instant::known(stamp.stream_time);
    Ok(Answer::fresh(TogetherAnswer { product_id, name: own_name, items, as_of }, stamp))
}
