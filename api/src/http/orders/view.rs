//! An order, as it is shown.

use std::sync::Arc;

use serde::Serialize;
use tillstream_models::events::{Country, Currency, LegState, Money};
use tillstream_processors::order_saga::{Compensated, InventoryLeg, Leg, PaymentLeg};
use tillstream_processors::{Line, Order};
use utoipa::ToSchema;

use crate::http::time::Instant;

/// One line of an order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct LineView {
    /// The product.
    #[schema(value_type = String, example = "85123A")]
    product_id: Arc<str>,
    /// Its name.
    #[schema(value_type = String, example = "WHITE HANGING HEART T-LIGHT HOLDER")]
    name: Arc<str>,
    /// Its category.
    #[schema(value_type = String, example = "lighting")]
    category: Arc<str>,
    /// How many.
    #[schema(example = 6)]
    quantity: i32,
    /// The price of one.
    #[schema(value_type = String, example = "2.55")]
    unit_price: Money,
    /// What the line is worth.
    #[schema(value_type = String, example = "15.30")]
    amount: Money,
}

impl From<&Line> for LineView {
    fn from(line: &Line) -> Self {
        Self {
            product_id: Arc::clone(&line.product_id),
            name: Arc::clone(&line.name),
            category: Arc::clone(&line.category),
            quantity: line.quantity,
            unit_price: line.unit_price,
            amount: line.amount,
        }
    }
}

/// So many of a product set aside.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ReservedView {
    /// The product.
    #[schema(example = "85123A")]
    product_id: Box<str>,
    /// How many.
    #[schema(example = 6)]
    quantity: i32,
}

/// The reservation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct InventoryView {
    /// `pending`, `succeeded` or `failed`.
    #[schema(value_type = String, example = "succeeded")]
    state: LegState,
    /// When it was decided.
    at: Option<Instant>,
    /// What was set aside, where the event says so.
    items: Vec<ReservedView>,
    /// When it was given back.
    released_at: Option<Instant>,
}

/// The payment.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PaymentView {
    /// `pending`, `succeeded` or `failed`.
    #[schema(value_type = String, example = "succeeded")]
    state: LegState,
    /// When it was decided.
    at: Option<Instant>,
    /// The payment service's number.
    payment_id: Option<Box<str>>,
    /// What was paid.
    #[schema(value_type = Option<String>, example = "15.30")]
    amount: Option<Money>,
    /// In which currency.
    #[schema(value_type = Option<String>, example = "GBP")]
    currency: Option<Currency>,
    /// What went back so far.
    #[schema(value_type = String, example = "0.00")]
    refunded: Money,
    /// When the last of it went back.
    refunded_at: Option<Instant>,
}

/// Both legs of an order.
#[derive(Debug, Serialize, ToSchema)]
struct LegsView {
    /// The reservation.
    inventory: InventoryView,
    /// The payment.
    payment: PaymentView,
}

/// What another service was asked to undo.
#[derive(Debug, Serialize, ToSchema)]
struct CompensationView {
    /// `inventory` or `payment`.
    #[schema(value_type = String, example = "payment")]
    leg: Leg,
    /// When.
    at: Instant,
}

/// Everything known about an order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct OrderView {
    /// The order.
    #[schema(value_type = String, example = "536365")]
    order_id: Arc<str>,
    /// Where it is in its life.
    #[schema(example = "confirmed")]
    status: &'static str,
    /// Who ordered; null until OrderPlaced came, like what follows.
    #[schema(example = "17850")]
    user_id: Option<Box<str>>,
    /// Where to, when known.
    #[schema(value_type = Option<String>, example = "GB")]
    country: Option<Country>,
    /// The currency of all amounts.
    #[schema(value_type = Option<String>, example = "GBP")]
    currency: Option<Currency>,
    /// What was ordered.
    items: Vec<LineView>,
    /// What is to be paid.
    #[schema(value_type = Option<String>, example = "139.12")]
    total: Option<Money>,
    /// When it was ordered.
    placed_at: Option<Instant>,
    /// Both legs.
    legs: LegsView,
    /// Why it was cancelled.
    reason: Option<Box<str>>,
    /// What other services were asked to undo.
    compensations: Vec<CompensationView>,
    /// When the time runs out, while something is waited for.
    deadline: Option<Instant>,
    /// Time of the last event that changed it.
    updated_at: Instant,
    /// Events that made no sense in its state and changed nothing.
    illegal_events: u32,
}

impl OrderView {
    pub(super) fn of(order_id: Arc<str>, order: Order) -> Self {
        let status = order.status().as_str();
        let Order {
            saga, details, inventory, payment, reason, compensations, updated_at_ms, illegal, deadline_ms, ..
        } = order;
        let details = details.as_ref();
        Self {
            order_id,
            status,
            user_id: details.map(|details| details.user_id.clone()),
            country: details.and_then(|details| details.country),
            currency: details.map(|details| details.currency),
            items: details.map(|details| details.items.iter().map(LineView::from).collect()).unwrap_or_default(),
            total: details.map(|details| details.total),
            placed_at: details.map(|details| Instant(details.placed_at_ms)),
            legs: LegsView {
                inventory: inventory_view(saga.inventory, inventory),
                payment: payment_view(saga.payment, payment),
            },
            reason,
            compensations: compensations
                .into_iter()
                .map(|Compensated { leg, at_ms }| CompensationView { leg, at: Instant(at_ms) })
                .collect(),
            deadline: deadline_ms.map(Instant),
            updated_at: Instant(updated_at_ms),
            illegal_events: illegal,
        }
    }
}

fn inventory_view(state: LegState, leg: InventoryLeg) -> InventoryView {
    let item = |item: tillstream_processors::order_saga::Reserved| ReservedView {
        product_id: item.product_id,
        quantity: item.quantity,
    };
    InventoryView {
        state,
        at: leg.at_ms.map(Instant),
        items: leg.items.into_iter().map(item).collect(),
        released_at: leg.released_at_ms.map(Instant),
    }
}

fn payment_view(state: LegState, leg: PaymentLeg) -> PaymentView {
    PaymentView {
        state,
        at: leg.at_ms.map(Instant),
        payment_id: leg.payment_id,
        amount: leg.paid.map(|(amount, _)| amount),
        currency: leg.paid.map(|(_, currency)| currency),
        refunded: leg.refunded,
        refunded_at: leg.refunded_at_ms.map(Instant),
    }
}
