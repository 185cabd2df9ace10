//! `GET /v1/users/{id}/similar`: customers of like taste.

use std::sync::Arc;

use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::view::ModelView;
use crate::AppState;
use crate::http::answer::Answer;
use crate::http::params::{Params, QueryParams, Strict, excerpt};
use crate::http::problem::Problem;
use crate::http::time::Instant;

/// Parameters of "similar".
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SimilarParams {
    /// Most to answer, 1 to 1000; 10 if absent.
    #[param(value_type = Option<u32>, example = 10)]
    pub(super) limit: usize,
}

impl QueryParams for SimilarParams {
    fn read(params: &mut Params) -> Result<Self, Problem> {
        Ok(Self { limit: params.number("limit", 1, 1_000, 10)? })
    }
}

/// A customer of like taste.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct UserView {
    /// The customer.
    #[schema(value_type = String, example = "17841")]
    user_id: Arc<str>,
    /// Cosine of the factors, at most 1.
    #[schema(example = 0.82)]
    score: f32,
}

/// Customers of like taste.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SimilarUsers {
    /// The customer.
    #[schema(example = "15311")]
    user_id: String,
    /// Most alike first.
    items: Vec<UserView>,
    /// The model that tells; null before the first, and for a customer it knows nothing about.
    model: Option<ModelView>,
    /// Event time the answer goes up to.
    as_of: Option<Instant>,
}

/// Which customers have a taste like that of another, among the busiest `recommendations.published_customers`.
#[utoipa::path(get, path = "/v1/users/{id}/similar", tag = "recommendations", operation_id = "getSimilarUsers",
    params(("id" = String, Path, description = "the customer's id", example = "15311"), SimilarParams),
    responses(
        (status = 200, description = "customers, most alike first", body = SimilarUsers),
        (status = 400, description = "bad parameter", body = Problem),
        (status = 404, description = "nobody has heard of the customer", body = Problem),
        (status = 503, description = "state is being restored", body = Problem),
    ))]
pub(crate) async fn similar(
    State(state): State<AppState>,
    Path(user_id): Path<String>,
    Strict(params): Strict<SimilarParams>,
) -> Result<Answer<SimilarUsers>, Problem> {
    let work = move |state: &AppState| {
        let stamp = state.stamp();
        let unknown = || Problem::not_found(format!("nothing is known of customer {}", excerpt(&user_id)));
        let alike = state.recommendations().customers_like(&user_id, params.limit)?.ok_or_else(unknown)?;
        let items = alike.customers.into_iter().map(|(user_id, score)| UserView { user_id, score }).collect();
        let (model, as_of) = (alike.model.map(ModelView::of), Instant::known(stamp.stream_time));
        Ok(Answer::private(SimilarUsers { user_id, items, model, as_of }, stamp))
    };
    state.scan(work).await
}
