//! The shop application: its sources, and every answer built on them.

use std::sync::Arc;

use tillstream_models::events::{
    ActivityEvent, Compensation, Event, InventoryEvent, Notification, OrderEvent, OrderUpdate, PaymentEvent,
};
use tillstream_stores::arc_str;
use tillstream_topology::{Branched, BuildErrors, Consumed, KStream, Produced, StreamsBuilder, Topology};

use crate::co_purchase::{self, Basket, BasketRules};
use crate::event_time::TimeBounds;
use crate::order_saga::effects::{Effect, StatusChange};
use crate::order_saga::fact::{OrderFact, fact};
use crate::order_saga::{self, Rules};
use crate::received::{Received, event, received};
use crate::sales::SalesFact;
use crate::{ShopSettings, anomalies, best_sellers, experiments, interactions, order_counts, revenue, stock, visits};

pub use crate::topics::{ShopTopic, topics};

/// Why the shop cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShopError {
    /// The pattern of paired products is not a regular expression.
    #[error("basket_product_pattern is not a regular expression: {0}")]
    Pattern(#[from] regex::Error),
    /// The topology has faults.
    #[error(transparent)]
    Topology(#[from] BuildErrors),
}

/// The topology of the shop.
///
/// ```
/// use tillstream_processors::{ShopSettings, shop};
/// let topology = shop::topology(&ShopSettings::default())?;
/// assert!(topology.describe().contains("order-saga"));
/// # Ok::<(), tillstream_processors::shop::ShopError>(())
/// ```
///
/// # Errors
/// [`ShopError`]; never with the default settings.
pub fn topology(settings: &ShopSettings) -> Result<Topology, ShopError> {
    let baskets = BasketRules::new(settings)?;
    let rules = Rules {
        timeout_ms: settings.saga_timeout_ms,
        grace_ms: settings.revenue_grace_ms,
        retention_ms: settings.retention_ms,
        replay: settings.replay,
        baskets: baskets.clone(),
    };
    let builder = StreamsBuilder::new();
    let facts = sources(&builder, settings);
    let effects = Effects::of(&order_saga::wire(&builder, &facts, rules));
    effects.write(settings);
    order_counts::wire(&effects.statuses);
    let hours = revenue::wire(&effects.sales, settings);
    anomalies::wire(&builder, &hours, settings);
    best_sellers::wire(&builder, &effects.sales);
    co_purchase::wire(&builder, &effects.baskets);
    interactions::wire_purchases(&builder, &effects.sales, baskets.clone(), settings);
    let activity = source::<ActivityEvent>(&builder, &settings.topics.user_activity, settings);
    let activity = interactions::each_once(&builder, &activity, settings);
    interactions::wire_activity(&builder, &activity, baskets, settings);
    experiments::wire(&builder, settings);
    visits::wire(&activity, settings);
    Ok(builder.build()?)
}

/// Reads the topics; answers all that is said about orders. Stock goes its own way from here.
fn sources(builder: &StreamsBuilder, settings: &ShopSettings) -> KStream<Arc<str>, Received<OrderFact>> {
    let names = &settings.topics;
    let orders = source::<OrderEvent>(builder, &names.orders, settings);
    let payments = source::<PaymentEvent>(builder, &names.payments, settings);
    let inventory = source::<InventoryEvent>(builder, &names.inventory, settings);
    let mut branches = inventory
        .named("inventory-")
        .split()
        .branch(|_, received| is_stock(&received.event), Branched::named("stock"))
        .default_branch(Branched::named("reservations"));
    let reservations = branches.remove("inventory-reservations").unwrap_or_else(|| inventory.clone());
    if let Some(events) = branches.remove("inventory-stock") {
        stock::wire(builder, &events, settings);
    }
    facts(&orders, "order-facts")
        .merge(&facts(&reservations, "inventory-facts"))
        .merge(&facts(&payments, "payment-facts"))
}

fn source<E: Event + Clone + 'static>(
    builder: &StreamsBuilder,
    topic: &str,
    settings: &ShopSettings,
) -> KStream<Arc<str>, Received<E>> {
    let consumed = Consumed::with(arc_str(), received::<E>())
        .timestamp(TimeBounds::new(settings).extractor::<E>())
        .named(format!("{topic}-source"));
    builder.stream(topic, consumed)
}

fn facts<E: Event + Into<OrderFact> + Clone + 'static>(
    events: &KStream<Arc<str>, Received<E>>,
    name: &str,
) -> KStream<Arc<str>, Received<OrderFact>> {
    events.named(name).try_map_values(fact)
}

fn is_stock(event: &InventoryEvent) -> bool {
    matches!(event, InventoryEvent::Adjusted(_) | InventoryEvent::Counted(_))
}

/// The saga's effects, each kind a stream of its own.
struct Effects {
    updates: KStream<Arc<str>, OrderUpdate>,
    compensations: KStream<Arc<str>, Compensation>,
    notifications: KStream<Arc<str>, Notification>,
    statuses: KStream<Arc<str>, StatusChange>,
    sales: KStream<Arc<str>, SalesFact>,
    baskets: KStream<Arc<str>, Basket>,
}

impl Effects {
    /// One branch a kind, so that no effect is cloned.
    fn of(effects: &KStream<Arc<str>, Effect>) -> Self {
        let branches = effects
            .named("effects-")
            .split()
            .branch(|_, effect| matches!(effect, Effect::Sale(_)), Branched::named("sales"))
            .branch(|_, effect| matches!(effect, Effect::Status(_)), Branched::named("statuses"))
            .branch(|_, effect| matches!(effect, Effect::Basket(_)), Branched::named("baskets"))
            .branch(|_, effect| matches!(effect, Effect::Update(_)), Branched::named("updates"))
            .branch(|_, effect| matches!(effect, Effect::Compensation(_)), Branched::named("compensations"))
            .default_branch(Branched::named("notifications"));
        // Each kind is picked out by its variant; the branch only saves looking at the others.
        let branch = |name: &str| branches.get(&format!("effects-{name}")).unwrap_or(effects).named(name);
        Self {
            sales: branch("sales").flat_map_values(Effect::into_sale),
            statuses: branch("statuses").flat_map_values(Effect::into_status),
            baskets: branch("baskets").flat_map_values(Effect::into_basket),
            updates: branch("updates").flat_map_values(Effect::into_update),
            compensations: branch("compensations").flat_map_values(Effect::into_compensation),
            notifications: branch("notifications").flat_map_values(Effect::into_notification),
        }
    }

    /// Writes what other services and customers should hear.
    fn write(&self, settings: &ShopSettings) {
        let names = &settings.topics;
        self.updates.to(&names.order_updates, Produced::with(arc_str(), event()));
        self.compensations.to(&names.compensations, Produced::with(arc_str(), event()));
        self.notifications
            .named("notifications-by-user")
            .select_key(|_, notification| Arc::from(notification.key()))
            .to(&names.notifications, Produced::with(arc_str(), event()));
    }
}
