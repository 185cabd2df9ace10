//! `GET /v1/orders`: what became of an order.

mod view;

use axum::extract::{Path, State};
use serde::Serialize;
use tillstream_processors::{OrderFilter, Status};
use utoipa::{IntoParams, ToSchema};

use self::view::OrderView;
use super::answer::Answer;
use super::cursor;
use super::params::{self, Params, QueryParams, Strict, excerpt};
use super::problem::Problem;
use super::time::Instant;
use crate::AppState;

/// An order, as of a time.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrderAnswer {
    #[serde(flatten)]
    order: OrderView,
    /// Event time the answer goes up to.
    as_of: Option<Instant>,
}

/// An order: its status, both legs of its saga with their times, and what was undone.
#[utoipa::path(get, path = "/v1/orders/{orderId}", tag = "orders", operation_id = "getOrder",
    params(("orderId" = String, Path, description = "the order's id", example = "536365")),
    responses(
        (status = 200, description = "the order", body = OrderAnswer),
        (status = 404, description = "nothing was ever heard of it", body = Problem),
        (status = 503, description = "state is being restored", body = Problem),
    ))]
pub(crate) async fn get(
    State(state): State<AppState>,
    Path(order_id): Path<String>,
    _: Strict<params::Nothing>,
) -> Result<Answer<OrderAnswer>, Problem> {
    let read = move |state: &AppState| {
        let stamp = state.stamp();
        let Some(order) = state.answers().order(&order_id)? else {
            return Err(Problem::not_found(format!("nothing was heard of order {}", excerpt(&order_id))));
        };
        let as_of = Instant::known(stamp.stream_time);
        Ok(Answer::fresh(OrderAnswer { order: OrderView::of(order_id.into(), order), as_of }, stamp))
    };
    state.point_read(read).await
}

/// Parameters of the list of orders.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParams {
    /// Only orders in this status: `awaitingOrder`, `placed`, `confirmed`, `cancelled`, `shipped`, `delivered`, `returned`,
    /// `orphaned` or `returnOnly`.
    #[param(value_type = Option<String>, example = "confirmed")]
    status: Option<Status>,
    /// Only orders of this user.
    #[param(value_type = Option<String>, example = "17850")]
    #[param(rename = "userId")]
    user_id: Option<String>,
    /// Most orders to answer, 1 to 1000; 100 if absent.
    #[param(value_type = Option<u32>, example = 20)]
    limit: usize,
    /// `next` of the page before.
    after: Option<String>,
}

impl QueryParams for ListParams {
    fn read(params: &mut Params) -> Result<Self, Problem> {
        let statuses = Status::ALL.map(|status| (status.as_str(), status));
        Ok(Self {
            status: params.choice("status", &statuses)?,
            user_id: params.text("userId")?,
            limit: params.number("limit", 1, 1_000, 100)?,
            after: params.parsed("after", cursor::decode_text)?,
        })
    }
}

/// A page of orders.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrdersAnswer {
    /// By order id.
    items: Vec<OrderView>,
    /// Give it as `after` for the next page; absent on the last. A page may hold fewer orders than asked for, even none, and
    /// still have a next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// Event time the answer goes up to.
    as_of: Option<Instant>,
}

/// Orders by id, all or those in one status or of one user.
#[utoipa::path(get, path = "/v1/orders", tag = "orders", operation_id = "listOrders", params(ListParams),
    responses(
        (status = 200, description = "a page of orders", body = OrdersAnswer),
        (status = 400, description = "bad parameter", body = Problem),
        (status = 503, description = "state is being restored", body = Problem),
    ))]
pub(crate) async fn list(
    State(state): State<AppState>,
    Strict(params): Strict<ListParams>,
) -> Result<Answer<OrdersAnswer>, Problem> {
    let work = move |state: &AppState| {
        let stamp = state.stamp();
        let filter = OrderFilter { status: params.status, user_id: params.user_id };
        let page = state.answers().orders(&filter, params.after.as_deref(), params.limit)?;
        let items = page.orders.into_iter().map(|(id, order)| OrderView::of(id, order)).collect();
        let next = page.after.map(|after| cursor::encode(after.as_bytes()));
        let as_of = Instant::known(stamp.stream_time);
        Ok(Answer::fresh(OrdersAnswer { items, next, as_of }, stamp))
    };
    state.scan(work).await
}
