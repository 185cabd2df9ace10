//! A customer as answers show her.

use std::sync::Arc;

use serde::Serialize;
use tillstream_models::events::{Currency, Money};
use tillstream_processors::customers::{Churn, CustomerProfile, Spent};
use utoipa::ToSchema;

use crate::http::time::Instant;

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
pub(super) struct CustomerView {
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
    pub(super) fn of(profile: CustomerProfile, now_ms: i64) -> Self {
        let CustomerProfile { user_id, value, segment, churn } = profile;
        Self {
            user_id,
            first_seen: value.first_ms.map(Instant),
            last_purchase: value.last_purchase_ms().map(Instant),
            recency_days: value.recency_days(now_ms),
            orders: value.orders,
            returns: value.returns,
            monetary: value.spent.into_iter().map(|(currency, spent)| SpentView::of(currency, spent)).collect(),
            segment,
            churn: churn.map(ChurnView::from),
        }
    }
}
