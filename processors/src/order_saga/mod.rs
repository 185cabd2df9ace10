//! What became of each order: orders, reservations and payments by order id, with time-outs and compensations.

mod compensations;
pub(crate) mod counters;
pub(crate) mod effects;
pub(crate) mod fact;
mod messages;
mod order;
mod processor;
mod read;
mod status;
pub(crate) mod timeouts;
mod transitions;
mod turn;

pub use order::{Compensated, Details, InventoryLeg, Leg, Order, PaymentLeg, Reserved};
pub use read::{OrderFilter, OrderPage};
pub use status::Status;
pub use transitions::{Actions, Cause, Input, Saga, Step, step};

use std::sync::Arc;

use tillstream_stores::{KeyValueBuilder, StoreOptions, arc_str, json, u64_be, unit, utf8};
use tillstream_topology::{KStream, StreamsBuilder};

use crate::received::Received;
use effects::Effect;
use fact::OrderFact;
use processor::{OrderSaga, SagaStores};
pub(crate) use turn::Rules;

/// Store of the orders' rows, by order id.
pub const ORDERS: &str = "orders";
pub(crate) const DEADLINES: &str = "order-deadlines";

/// Runs the saga over all that is said about orders; answers what follows from each step.
pub(crate) fn wire(
    builder: &StreamsBuilder,
    facts: &KStream<Arc<str>, Received<OrderFact>>,
    rules: Rules,
) -> KStream<Arc<str>, Effect> {
    let orders = KeyValueBuilder::new(StoreOptions::new(ORDERS), arc_str(), json());
    let deadlines = KeyValueBuilder::new(StoreOptions::new(DEADLINES), timeouts::deadline_serde(), unit());
    let counters = KeyValueBuilder::new(StoreOptions::new(counters::SAGA_COUNTERS), utf8(), u64_be());
    let stores = SagaStores {
        orders: builder.add_key_value_store(orders),
        deadlines: builder.add_key_value_store(deadlines),
        counters: builder.add_key_value_store(counters),
    };
    facts.named("order-saga").process_values(&[ORDERS, DEADLINES, counters::SAGA_COUNTERS], move |context| {
        OrderSaga::new(context, &stores, rules.clone())
    })
}
