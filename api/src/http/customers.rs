//! `GET /v1/customers`: what customers are worth, and who is about to leave.

use std::sync::Arc;

use axum::extract::{Path, State};
use serde::Serialize;
use tillstream_models::events::{Currency, Money};
use tillstream_models::segments::NAMES;
use tillstream_processors::customers::{Churn, CustomerProfile, Spent};
use utoipa::{IntoParams, ToSchema};

use super::answer::Answer;
use super::cursor;
use super::params::{self, Params, QueryParams, Strict, excerpt};
use super::problem::Problem;
use super::time::Instant;
use crate::AppState;

const DAY_MS: f64 = 86_400_000.0;
const SORTS: [(&str, Sort); 2] = [("id", Sort::Id), ("churn_risk", Sort::ChurnRisk)];

/// What a customer spent in one currency.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SpentView {
    /// Gross revenue less refunds.
    #[schema(value_type = String, example = "2790.86")]
    amount: Money,
    /// Worth of the lines sold.
    #[schema(value_type = String, example = "2890.86")]
    gross_revenue: Money,
    /// Worth of the lines that came back or were taken back.
    #[schema(value_type = String, example = "100.00")]
    refunds: Money,
    /// The currency of the amounts.
    #[schema(value_type = String, example = "GBP")]
    currency: Currency,
}

impl SpentView {
    fn of(currency: Currency, spent: Spent) -> Self {
        // The difference of two sums that fit does, unless one is below zero, which neither is.
        let amount = spent.net().unwrap_or_default();
        Self { amount, gross_revenue: spent.gross, refunds: spent.refunds, currency }
    }
}

/// How likely a customer is gone.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ChurnView {
    /// Days after which she was expected back, by her last purchases and the shop's usual gap.
    #[schema(example = 14.2)]
    expected_gap_days: f64,
    /// Expected gaps since the last purchase: 1 is due, 3 is long overdue.
    #[schema(example = 2.4)]
    overdue: f64,
    /// The chance that she would have been back by now if she still came.
    #[schema(example = 0.91)]
    risk: f64,
}

impl From<Churn> for ChurnView {
    fn from(Churn { expected_gap_days, overdue, risk }: Churn) -> Self {
        Self { expected_gap_days, overdue, risk }
    }
}

/// What a customer is worth.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CustomerView {
    /// The customer.
    #[schema(value_type = String, example = "15311")]
    user_id: Arc<str>,
    /// Her first purchase or return.
    first_seen: Option<Instant>,
    /// Her last confirmed purchase that was not cancelled.
    last_purchase: Option<Instant>,
    /// Recency: days since then.
    #[schema(example = 3.5)]
    recency_days: Option<f64>,
    /// Frequency: confirmed orders that were not cancelled.
    #[schema(example = 91)]
    orders: u64,
    /// Times something came back.
    #[schema(example = 27)]
    returns: u64,
    /// Monetary value, in each currency.
    monetary: Vec<SpentView>,
    /// Her segment; null before there are any, and without an order.
    #[schema(example = "champions")]
    segment: Option<String>,
    /// How likely she is gone; null without an order.
    churn: Option<ChurnView>,
}

impl CustomerView {
    fn of(profile: CustomerProfile, now_ms: i64) -> Self {
        let CustomerProfile { user_id, value, segment, churn } = profile;
        let last_ms = value.last_purchase_ms();
        let days = |last_ms: i64| now_ms.saturating_sub(last_ms).max(0) as f64 / DAY_MS;
        Self {
            user_id,
            first_seen: value.first_ms.map(Instant),
            last_purchase: last_ms.map(Instant),
            recency_days: last_ms.map(days),
            orders: value.orders,
            returns: value.returns,
            monetary: value.spent.into_iter().map(|(currency, spent)| SpentView::of(currency, spent)).collect(),
            segment,
            churn: churn.map(ChurnView::from),
        }
    }
}

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
    let pool = state.blocking().clone();
    let work = move || {
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
    pool.run(work).await
}
