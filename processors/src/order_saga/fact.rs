//! What the three topics say about orders, as one stream.

use std::sync::Arc;

use tillstream_models::events::{Event, InventoryEvent, OrderEvent, PaymentEvent};
use tillstream_topology::ProcessError;

use crate::received::Received;

/// An event about an order, from any of the three topics.
#[derive(Clone, Debug)]
pub(crate) enum OrderFact {
    /// From the order service.
    Order(OrderEvent),
    /// From the inventory service.
    Inventory(InventoryEvent),
    /// From the payment service.
    Payment(PaymentEvent),
}

impl OrderFact {
    pub(crate) fn event_id(&self) -> &str {
        match self {
            Self::Order(event) => event.event_id(),
            Self::Inventory(event) => event.event_id(),
            Self::Payment(event) => event.event_id(),
        }
    }
}

impl From<OrderEvent> for OrderFact {
    fn from(event: OrderEvent) -> Self {
        Self::Order(event)
    }
}

impl From<InventoryEvent> for OrderFact {
    fn from(event: InventoryEvent) -> Self {
        Self::Inventory(event)
    }
}

impl From<PaymentEvent> for OrderFact {
    fn from(event: PaymentEvent) -> Self {
        Self::Payment(event)
    }
}

/// Checks the key and forgets which topic the event came from.
pub(crate) fn fact<E: Event + Into<OrderFact>>(
    key: &Arc<str>,
    received: Received<E>,
) -> Result<Received<OrderFact>, ProcessError> {
    received.check_key(key)?;
    let Received { event, id, fingerprint } = received;
    Ok(Received { event: event.into(), id, fingerprint })
}
