//! `GET /v1/segments`: the kinds of customers there are.

use std::collections::BTreeMap;

use axum::extract::State;
use serde::Serialize;
use tillstream_models::events::{Currency, Money};
use tillstream_processors::customers::{SegmentFigures, Segmentation};
use utoipa::ToSchema;

use crate::AppState;
use crate::http::answer::Answer;
use crate::http::params::{self, Strict};
use crate::http::problem::Problem;
use crate::http::time::Instant;

/// An amount of money.
#[derive(Debug, Serialize, ToSchema)]
struct AmountView {
    /// The amount.
    #[schema(value_type = String, example = "1207.50")]
    amount: Money,
    /// Its currency.
    #[schema(value_type = String, example = "GBP")]
    currency: Currency,
}

fn amounts(amounts: BTreeMap<Currency, Money>) -> Vec<AmountView> {
    amounts.into_iter().map(|(currency, amount)| AmountView { amount, currency }).collect()
}

/// What a customer of a segment is typically like: its centroid.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TypicalView {
    /// Days since the last purchase.
    #[schema(example = 12.4)]
    recency_days: f64,
    /// Orders.
    #[schema(example = 11.8)]
    orders: f64,
    /// What she spent, in each currency there is.
    monetary: Vec<AmountView>,
}

/// A kind of customers.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SegmentView {
    /// Its name: champions, loyal, new, occasional, at risk or lost.
    #[schema(example = "champions")]
    name: String,
    /// Customers in it now.
    #[schema(example = 512)]
    customers: u64,
    /// Their part of all customers.
    #[schema(example = 0.118)]
    share: f64,
    /// Their orders, all time.
    #[schema(example = 9_120)]
    orders: u64,
    /// What they spent, all time: gross revenue less refunds.
    revenue: Vec<AmountView>,
    /// What they are typically like.
    typical: TypicalView,
}

impl From<SegmentFigures> for SegmentView {
    fn from(figures: SegmentFigures) -> Self {
        Self {
            name: figures.name,
            customers: figures.customers,
            share: figures.share,
            orders: figures.orders,
            revenue: amounts(figures.spent),
            typical: TypicalView {
                recency_days: figures.typical_recency_days,
                orders: figures.typical_orders,
                monetary: amounts(figures.typical_spent),
            },
        }
    }
}

/// Which model tells the segments apart.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SegmentModelView {
    /// Its version.
    #[schema(example = 12)]
    version: u64,
    /// When it was trained, by the wall clock.
    trained_at: Instant,
    /// Event time of the data it was trained on.
    trained_as_of: Instant,
    /// Days that usually lie between two purchases of a customer.
    #[schema(example = 47.3)]
    usual_gap_days: f64,
}

/// The kinds of customers.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SegmentsAnswer {
    /// The segments; none before there are customers enough to tell them apart.
    items: Vec<SegmentView>,
    /// Customers with an order.
    #[schema(example = 4_338)]
    customers: u64,
    /// The model that tells; null before the first.
    model: Option<SegmentModelView>,
    /// Event time the answer goes up to.
    as_of: Option<Instant>,
}

/// The kinds of customers there are, by when, how often and for how much they bought.
#[utoipa::path(get, path = "/v1/segments", tag = "customers", operation_id = "listSegments", responses(
    (status = 200, description = "the segments", body = SegmentsAnswer),
    (status = 503, description = "state is being restored", body = Problem),
))]
pub(crate) async fn list(
    State(state): State<AppState>,
    _: Strict<params::Nothing>,
) -> Result<Answer<SegmentsAnswer>, Problem> {
    let work = move |state: &AppState| {
        let stamp = state.stamp();
        let as_of = Instant::known(stamp.stream_time);
        let answer = match state.answers().segmentation()? {
            None => SegmentsAnswer { items: Vec::new(), customers: 0, model: None, as_of },
            Some(all) => {
                let Segmentation { card, customers, segments } = (*all).clone();
                let model = SegmentModelView {
                    version: card.version,
                    trained_at: Instant(card.trained_at_ms),
                    trained_as_of: Instant(card.as_of_ms),
                    usual_gap_days: card.usual_gap_days,
                };
                let items = segments.into_iter().map(SegmentView::from).collect();
                SegmentsAnswer { items, customers, model: Some(model), as_of }
            }
        };
        Ok(Answer::fresh(answer, stamp))
    };
    state.scan(work).await
}
