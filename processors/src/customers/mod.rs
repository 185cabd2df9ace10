//! Customers: when, how often and for how much they bought, what kind of customers they are, and who is about to leave.

mod churn;
mod deal;
mod keep;
mod read;
mod segments;
mod value;

pub use churn::{Churn, USUAL_GAP_DAYS};
pub(crate) use deal::{Deal, deal_serde};
pub use read::{CustomerJudge, CustomerPage, CustomerProfile};
pub(crate) use segments::SegmentShelf;
pub use segments::{BuyerSample, SegmentFigures, Segmentation};
pub use value::{CustomerValue, Spent};

use std::sync::Arc;

use tillstream_stores::{KeyValueBuilder, SharedSerde, StoreOptions, arc_str, json};
use tillstream_topology::{KStream, StreamsBuilder};

use crate::interactions::History;
use keep::KeepValue;

/// Store of when, how often and for how much each customer bought, by user id.
pub const CUSTOMERS: &str = "customers";

/// Serde of [`CustomerValue`].
#[must_use]
pub fn customer_value_serde() -> SharedSerde<CustomerValue> {
    json()
}

/// Keeps the row of each customer, and passes on what her deals say about products.
pub(crate) fn wire(builder: &StreamsBuilder, deals: &KStream<Arc<str>, Deal>) -> KStream<Arc<str>, History> {
    let store = builder.add_key_value_store(KeyValueBuilder::new(
        StoreOptions::new(CUSTOMERS),
        arc_str(),
        customer_value_serde(),
    ));
    deals
        .named("keep-customers")
        .process_values(&[CUSTOMERS], move |context| Ok(KeepValue { store: context.store(&store)? }))
}
