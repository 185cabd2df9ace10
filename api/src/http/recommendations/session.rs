//! `POST /v1/recommendations/session`: the list of somebody of whom nothing is known but what she does now.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use tillstream_processors::interactions::{Customer, Touch, TouchKind};
use utoipa::ToSchema;

use super::body::{ListOptions, bounded};
use super::view::ListView;
use crate::AppState;
use crate::http::answer::Answer;
use crate::http::body::{Body, RequestBody};
use crate::http::params::{self, Strict};
use crate::http::problem::Problem;
use crate::http::time::Instant;

/// What was done with a product.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
enum Done {
    /// Its page was opened.
    #[default]
    Viewed,
    /// It was put into the cart.
    Cart,
    /// It was bought.
    Bought,
}

/// A product of the session: its id, or what was done with it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
enum SessionItem {
    /// A product that was viewed.
    #[schema(example = "22697")]
    Viewed(String),
    /// A product with what was done with it.
    Done {
        /// The product.
        #[serde(rename = "productId")]
        product_id: String,
        /// What was done; `viewed` if absent.
        #[serde(rename = "type", default)]
        done: Done,
    },
}

/// A session so far. Later products count no more than earlier ones.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SessionBody {
    /// The products, at most 1,000.
    items: Vec<SessionItem>,
    #[serde(flatten)]
    options: ListOptions,
}

impl RequestBody for SessionBody {}

/// The list of a session.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionAnswer {
    #[serde(flatten)]
    list: ListView,
    /// Event time the shop's state goes up to.
    as_of: Option<Instant>,
}

/// What to show somebody next who is known by this session alone: nothing she has seen in it already.
#[utoipa::path(post, path = "/v1/recommendations/session", tag = "recommendations",
    operation_id = "postSessionRecommendations", request_body = SessionBody,
    responses(
        (status = 200, description = "the list", body = SessionAnswer),
        (status = 400, description = "bad body", body = Problem),
        (status = 503, description = "state is being restored", body = Problem),
    ))]
pub(crate) async fn post(
    State(state): State<AppState>,
    _: Strict<params::Nothing>,
    Body(body): Body<SessionBody>,
) -> Result<Answer<SessionAnswer>, Problem> {
    bounded("items", body.items.len())?;
    let query = body.options.query()?;
    let work = move |state: &AppState| {
        let stamp = state.stamp();
        let list = state.recommendations().for_session(session(body.items, stamp.stream_time), &query)?;
        let as_of = Instant::known(stamp.stream_time);
        Ok(Answer::private(SessionAnswer { list: ListView::of(list, query.explain), as_of }, stamp))
    };
    state.scan(work).await
}

fn session(items: Vec<SessionItem>, at_ms: i64) -> Customer {
    let (mut purchases, mut activity) = (Vec::new(), Vec::new());
    for item in items {
        let (product, done) = match item {
            SessionItem::Viewed(product) => (product, Done::Viewed),
            SessionItem::Done { product_id, done } => (product_id, done),
        };
        let (kind, side) = match done {
            Done::Viewed => (TouchKind::Viewed, &mut activity),
            Done::Cart => (TouchKind::CartAdded, &mut activity),
            Done::Bought => (TouchKind::Bought, &mut purchases),
        };
        side.push((product.into(), Touch { at_ms, kind, units: 1 }));
    }
    Customer { purchases: purchases.into_iter().collect(), activity: activity.into_iter().collect() }
}
