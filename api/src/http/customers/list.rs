//! `GET /v1/customers`: customers by id, of a segment, or about to leave.

use axum::extract::State;
use serde::Serialize;
use tillstream_models::segments::NAMES;
use utoipa::{IntoParams, ToSchema};

use super::view::CustomerView;
use crate::AppState;
use crate::http::answer::Answer;
use crate::http::cursor;
use crate::http::params::{Params, QueryParams, Strict};
use crate::http::problem::Problem;
use crate::http::time::Instant;

const SORTS: [(&str, Sort); 2] = [("id", Sort::Id), ("churn_risk", Sort::ChurnRisk)];

/// The order of a list of customers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Id,
    ChurnRisk,
}

/// Parameters of the list of customers.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParams {
    /// By `id` (the default), or by `churn_risk`: those most likely to be gone first.
    #[param(value_type = Option<String>, example = "churn_risk")]
    sort: Sort,
    /// Only customers of this segment.
    #[param(value_type = Option<String>, example = "at risk")]
    segment: Option<&'static str>,
    /// Most customers to answer, 1 to 1000; 100 if absent.
    #[param(value_type = Option<u32>, example = 20)]
    limit: usize,
    /// `next` of the page before; by id only.
    after: Option<String>,
}

impl QueryParams for ListParams {
    fn read(params: &mut Params) -> Result<Self, Problem> {
        let read = Self {
            sort: params.choice("sort", &SORTS)?.unwrap_or(Sort::Id),
            segment: params.choice("segment", &NAMES.map(|name| (name, name)))?,
            limit: params.number("limit", 1, 1_000, 100)?,
            after: params.parsed("after", cursor::decode_text)?,
        };
        if read.sort != Sort::Id && read.after.is_some() {
            return Err(Problem::parameter(
                "after",
                "`after` goes with `sort=id`: other orders have one page of at most 1000",
            ));
        }
        Ok(read)
    }
}

/// Some customers.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CustomersAnswer {
    /// In the order asked for.
    items: Vec<CustomerView>,
    /// Give it as `after` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// Event time the answer goes up to.
    as_of: Option<Instant>,
}

/// Customers with what they are worth: all by id, those of one segment, or those most likely to be gone.
#[utoipa::path(get, path = "/v1/customers", tag = "customers", operation_id = "listCustomers", params(ListParams),
    responses(
        (status = 200, description = "customers", body = CustomersAnswer),
        (status = 400, description = "bad parameter", body = Problem),
        (status = 503, description = "state is being restored", body = Problem),
    ))]
pub(crate) async fn list(
    State(state): State<AppState>,
    Strict(params): Strict<ListParams>,
) -> Result<Answer<CustomersAnswer>, Problem> {
    let work = move |state: &AppState| {
        let (stamp, answers) = (state.stamp(), state.answers());
        let ListParams { sort, segment, limit, after } = params;
        let (customers, after) = match sort {
            Sort::ChurnRisk => (answers.leaving_customers(segment, limit)?, None),
            Sort::Id => {
                let page = answers.customer_profiles(segment, after.as_deref(), limit)?;
                (page.customers, page.after)
            }
        };
        let now_ms = answers.as_of();
        let items = customers.into_iter().map(|profile| CustomerView::of(profile, now_ms)).collect();
        let next = after.map(|after| cursor::encode(after.as_bytes()));
        let as_of = Instant::known(stamp.stream_time);
        Ok(Answer::private(CustomersAnswer { items, next, as_of }, stamp))
    };
    state.scan(work).await
}
