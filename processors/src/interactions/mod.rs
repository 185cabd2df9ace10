//! Who dealt with what: the purchases, views and carts of each customer, which recommendations are made of.
//!
//! Two stores, because they come from two places: purchases from the saga's sales, just as revenue counts them, views and
//! carts from the web shop's own events. Rows are bounded, so that nobody's history grows without end.

mod activity;
mod history;
mod history_serde;
mod keep;
mod purchases;
mod read;
mod signals;
mod touch;

pub use history::{History, Limits};
pub use history_serde::history_serde;
pub use read::{Customer, Customers};
pub use signals::{Signal, Weights};
pub use touch::{Touch, TouchKind};

use std::sync::Arc;

use tillstream_models::events::ActivityEvent;
use tillstream_stores::{KeyValueBuilder, StoreOptions, WindowBuilder, WindowOptions, arc_str, u64_be};
use tillstream_topology::{KStream, Repartitioned, StreamsBuilder};

use crate::ShopSettings;
use crate::co_purchase::BasketRules;
use crate::customers::{self, deal_serde};
use crate::deduplicate::Deduplicate;
use crate::received::Received;
use crate::sales::SalesFact;
use keep::KeepHistory;

/// Store of what each customer bought and sent back, by user id.
pub const PURCHASES: &str = "purchases-by-user";
/// Store of what each customer looked at and put into the cart, by user id.
pub const ACTIVITY: &str = "activity-by-user";
pub(crate) const ACTIVITY_EVENT_IDS: &str = "activity-event-ids";

/// Keeps what every customer bought, and what she is worth. Products as pairs know them: postage and fees say nothing about taste,
/// but are paid for.
pub(crate) fn wire_purchases(
    builder: &StreamsBuilder,
    sales: &KStream<Arc<str>, SalesFact>,
    rules: BasketRules,
    settings: &ShopSettings,
) {
    let store = add_store(builder, PURCHASES);
    let limits = Limits::new(settings);
    let deals = sales
        .named("purchases")
        .process(&[], move |_| Ok(purchases::Purchases { rules: rules.clone() }))
        .repartition(Repartitioned::with(arc_str(), deal_serde()).named("purchases"));
    customers::wire(builder, &deals).named("keep-purchases").process_values::<(), _>(&[PURCHASES], move |context| {
        Ok(KeepHistory { store: context.store(&store)?, limits })
    });
}

/// The web shop's events, each once.
pub(crate) fn each_once(
    builder: &StreamsBuilder,
    events: &KStream<Arc<str>, Received<ActivityEvent>>,
    settings: &ShopSettings,
) -> KStream<Arc<str>, Received<ActivityEvent>> {
    let horizon_ms = settings.deduplication_horizon_ms;
    // A repeat may carry a time up to one horizon before or behind the first: both must still be in the store.
    let windows =
        WindowOptions { retention_ms: horizon_ms.saturating_mul(2), window_size_ms: 1, retain_duplicates: false };
    let options = StoreOptions::new(ACTIVITY_EVENT_IDS);
    let seen = builder.add_window_store(WindowBuilder::new(options, windows, u64_be(), u64_be()));
    events
        .named("activity-keys")
        .try_map_values(|key, received| received.check_key(key).map(|()| received))
        .named("activity-deduplicate")
        .process_values(&[ACTIVITY_EVENT_IDS], move |context| {
            Ok(Deduplicate { seen: context.store(&seen)?, horizon_ms })
        })
}

/// Keeps what every signed-in customer looked at.
pub(crate) fn wire_activity(
    builder: &StreamsBuilder,
    events: &KStream<Arc<str>, Received<ActivityEvent>>,
    rules: BasketRules,
    settings: &ShopSettings,
) {
    let store = add_store(builder, ACTIVITY);
    let limits = Limits::new(settings);
    events
        .named("touches")
        .process_values(&[], move |_| Ok(activity::Touches { rules: rules.clone() }))
        .named("keep-activity")
        .process_values::<(), _>(&[ACTIVITY], move |context| Ok(KeepHistory { store: context.store(&store)?, limits }));
}

fn add_store(builder: &StreamsBuilder, name: &str) -> tillstream_topology::StoreHandle<keep::HistoryStore> {
    builder.add_key_value_store(KeyValueBuilder::new(StoreOptions::new(name), arc_str(), history_serde()))
}
