//! `GET /v1/products/{id}/similar` and `GET /v1/products/trending`.

use std::sync::Arc;

use axum::extract::{Path, State};
use serde::Serialize;
use tillstream_processors::recommendations::SimilarProduct;
use utoipa::{IntoParams, ToSchema};

use super::users::SimilarParams;
use super::view::{ModelView, RecommendedView};
use crate::AppState;
use crate::http::answer::Answer;
use crate::http::params::{Params, QueryParams, Strict, excerpt};
use crate::http::problem::Problem;
use crate::http::time::Instant;

/// A product like another.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SimilarView {
    /// The product.
    #[schema(value_type = String, example = "22697")]
    product_id: Arc<str>,
    /// Its name.
    #[schema(value_type = Option<String>, example = "GREEN REGENCY TEACUP AND SAUCER")]
    name: Option<Arc<str>>,
    /// Cosine of the factors, or of the baskets where `model` is null; at most 1.
    #[schema(example = 0.91)]
    score: f64,
    /// Baskets that hold both.
    #[schema(example = 791)]
    count: i64,
}

/// Products like another.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SimilarAnswer {
    /// The product.
    #[schema(example = "22699")]
    product_id: String,
    /// Its name.
    #[schema(value_type = Option<String>, example = "ROSES REGENCY TEACUP AND SAUCER")]
    name: Option<Arc<str>>,
    /// Most alike first.
    items: Vec<SimilarView>,
    /// The model that tells; null where it does not know the product, and baskets tell.
    model: Option<ModelView>,
    /// Event time the answer goes up to.
    as_of: Option<Instant>,
}

/// Products that the same customers buy, if not in the same basket.
#[utoipa::path(get, path = "/v1/products/{id}/similar", tag = "products", operation_id = "getSimilarProducts",
    params(("id" = String, Path, description = "the product's id", example = "22699"), SimilarParams),
    responses(
        (status = 200, description = "products, most alike first", body = SimilarAnswer),
        (status = 400, description = "bad parameter", body = Problem),
        (status = 404, description = "the product was never sold", body = Problem),
        (status = 503, description = "state is being restored", body = Problem),
    ))]
pub(crate) async fn similar(
    State(state): State<AppState>,
    Path(product_id): Path<String>,
    Strict(params): Strict<SimilarParams>,
) -> Result<Answer<SimilarAnswer>, Problem> {
    let work = move |state: &AppState| {
        let stamp = state.stamp();
        let name = state.answers().label(&product_id)?.map(|label| label.name);
        let alike = state.recommendations().products_like(&product_id, params.limit)?;
        if name.is_none() && alike.products.is_empty() {
            return Err(Problem::not_found(format!("product {} was never sold", excerpt(&product_id))));
        }
        let view = |SimilarProduct { product_id, name, score, count }| SimilarView { product_id, name, score, count };
        let items = alike.products.into_iter().map(view).collect();
        let (model, as_of) = (alike.model.map(ModelView::of), Instant::known(stamp.stream_time));
        Ok(Answer::fresh(SimilarAnswer { product_id, name, items, model, as_of }, stamp))
    };
    state.scan(work).await
}

/// Parameters of what is trending.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TrendingParams {
    /// Only products of this category.
    category: Option<String>,
    /// Most products to answer, 1 to 500; 10 if absent.
    #[param(value_type = Option<u32>, example = 10)]
    limit: usize,
}

impl QueryParams for TrendingParams {
    fn read(params: &mut Params) -> Result<Self, Problem> {
        Ok(Self { category: params.text("category")?, limit: params.number("limit", 1, 500, 10)? })
    }
}

/// What is trending.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TrendingAnswer {
    /// Best first.
    items: Vec<RecommendedView>,
    /// Event time the answer goes up to.
    as_of: Option<Instant>,
}

/// What sells more and more: purchases count half after a week. Before the first model: what sold most in a month.
#[utoipa::path(get, path = "/v1/products/trending", tag = "products", operation_id = "getTrendingProducts",
    params(TrendingParams),
    responses(
        (status = 200, description = "products, best first", body = TrendingAnswer),
        (status = 400, description = "bad parameter", body = Problem),
        (status = 503, description = "state is being restored", body = Problem),
    ))]
pub(crate) async fn trending(
    State(state): State<AppState>,
    Strict(params): Strict<TrendingParams>,
) -> Result<Answer<TrendingAnswer>, Problem> {
    let work = move |state: &AppState| {
        let stamp = state.stamp();
        let items = state.recommendations().trending(params.category.as_deref(), params.limit)?;
        let items = items.into_iter().map(|product| RecommendedView::of(product, false)).collect();
        Ok(Answer::fresh(TrendingAnswer { items, as_of: Instant::known(stamp.stream_time) }, stamp))
    };
    state.scan(work).await
}
