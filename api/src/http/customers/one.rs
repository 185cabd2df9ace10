//! `GET /v1/customers/{userId}`: what a customer is worth.

use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;

use super::view::CustomerView;
use crate::AppState;
use crate::http::answer::Answer;
use crate::http::params::{self, Strict, excerpt};
use crate::http::problem::Problem;
use crate::http::time::Instant;

/// What a customer is worth, as of a time.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CustomerAnswer {
    #[serde(flatten)]
    customer: CustomerView,
    /// Event time the answer goes up to.
    as_of: Option<Instant>,
}

/// When, how often and for how much a customer bought, what kind of customer she is, and how likely she is gone. Confirmed orders as
/// revenue counts them; what came back or was cancelled is taken off.
#[utoipa::path(get, path = "/v1/customers/{userId}", tag = "customers", operation_id = "getCustomer",
    params(("userId" = String, Path, description = "the customer's id", example = "15311")),
    responses(
        (status = 200, description = "the customer", body = CustomerAnswer),
        (status = 404, description = "she never bought anything", body = Problem),
        (status = 503, description = "state is being restored", body = Problem),
    ))]
pub(crate) async fn get(
    State(state): State<AppState>,
    Path(user_id): Path<String>,
    _: Strict<params::Nothing>,
) -> Result<Answer<CustomerAnswer>, Problem> {
    let read = move |state: &AppState| {
        let stamp = state.stamp();
        let unknown = || Problem::not_found(format!("customer {} never bought anything", excerpt(&user_id)));
        let profile = state.answers().customer_profile(&user_id)?.ok_or_else(unknown)?;
        let customer = CustomerView::of(profile, state.answers().as_of());
        Ok(Answer::private(CustomerAnswer { customer, as_of: Instant::known(stamp.stream_time) }, stamp))
    };
    state.point_read(read).await
}
