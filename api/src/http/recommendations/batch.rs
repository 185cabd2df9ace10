//! `POST /v1/recommendations/batch`: the lists of many customers, for mails and the like.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::{ListOptions, bounded};
use super::view::ListView;
use crate::AppState;
use crate::http::answer::Answer;
use crate::http::body::{Body, RequestBody};
use crate::http::params::{self, Strict};
use crate::http::problem::Problem;
use crate::http::time::Instant;

/// For whom lists are wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BatchBody {
    /// The customers, at most 1,000.
    #[serde(rename = "userIds")]
    #[schema(example = json!(["15311", "17841"]))]
    user_ids: Vec<String>,
    #[serde(flatten)]
    options: ListOptions,
}

impl RequestBody for BatchBody {}

/// One customer's list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OfCustomer {
    /// The customer.
    user_id: String,
    #[serde(flatten)]
    list: ListView,
}

/// The lists of many customers.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BatchAnswer {
    /// In the order of the request.
    lists: Vec<OfCustomer>,
    /// Event time the histories go up to.
    as_of: Option<Instant>,
}

/// What to show many customers next.
#[utoipa::path(post, path = "/v1/recommendations/batch", tag = "recommendations",
    operation_id = "postBatchRecommendations", request_body = BatchBody,
    responses(
        (status = 200, description = "a list for each", body = BatchAnswer),
        (status = 400, description = "bad body", body = Problem),
        (status = 503, description = "state is being restored", body = Problem),
    ))]
pub(crate) async fn post(
    State(state): State<AppState>,
    _: Strict<params::Nothing>,
    Body(body): Body<BatchBody>,
) -> Result<Answer<BatchAnswer>, Problem> {
    bounded("userIds", body.user_ids.len())?;
    let query = body.options.query()?;
    let work = move |state: &AppState| {
        let stamp = state.stamp();
        let mut lists = Vec::with_capacity(body.user_ids.len());
        for user_id in body.user_ids {
            let list = state.recommendations().for_customer(&user_id, &query)?;
            lists.push(OfCustomer { user_id, list: ListView::of(list, query.explain) });
        }
        let as_of = Instant::known(stamp.stream_time);
        Ok(Answer::private(BatchAnswer { lists, as_of }, stamp))
    };
    state.scan(work).await
}
