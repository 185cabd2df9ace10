//! The events written for other services and for customers. Their ids follow from order, kind and time, so that the same
//! step writes the same event.

use std::sync::Arc;

use tillstream_models::events::{
    Compensation, Envelope, Legs, Notification, OrderCancelledNotice, OrderConfirmedNotice, OrderUpdate, OrderUpdated,
    RefundPayment, ReleaseInventory, StockItem, payload_hash,
};

use super::order::{Details, Order};

/// Order ids longer than this are told by their fingerprint in event ids, which are bounded themselves.
const LONGEST_IN_EVENT_ID: usize = 160;

/// Writes the messages about one order at one time.
pub(super) struct Messages<'a> {
    pub(super) order_id: &'a Arc<str>,
    pub(super) at_ms: i64,
}

impl Messages<'_> {
    fn envelope(&self, kind: &str) -> Envelope {
        let (order_id, at_ms) = (self.order_id, self.at_ms);
        let event_id = if order_id.len() <= LONGEST_IN_EVENT_ID {
            format!("{order_id}-{kind}-{at_ms}")
        } else {
            format!("{:016x}-{kind}-{at_ms}", payload_hash(order_id.as_bytes()))
        };
        Envelope::new(event_id, at_ms)
    }

    fn id(&self) -> Box<str> {
        Box::from(&**self.order_id)
    }

    fn update(&self, kind: &str, order: &Order, details: &Details) -> OrderUpdated {
        OrderUpdated {
            envelope: self.envelope(kind),
            order_id: self.id(),
            user_id: details.user_id.clone(),
            total: details.total,
            currency: details.currency,
            reason: order.reason.clone(),
            legs: Legs { inventory: order.saga.inventory, payment: order.saga.payment },
        }
    }

    pub(super) fn confirmed(&self, order: &Order, details: &Details) -> (OrderUpdate, Notification) {
        let notice = OrderConfirmedNotice {
            envelope: self.envelope("confirmed-notice"),
            user_id: details.user_id.clone(),
            order_id: self.id(),
        };
        (OrderUpdate::Confirmed(self.update("confirmed", order, details)), Notification::OrderConfirmed(notice))
    }

    pub(super) fn cancelled(&self, order: &Order, details: &Details) -> (OrderUpdate, Notification) {
        let notice = OrderCancelledNotice {
            envelope: self.envelope("cancelled-notice"),
            user_id: details.user_id.clone(),
            order_id: self.id(),
            reason: order.reason.clone().unwrap_or_default(),
        };
        (OrderUpdate::Cancelled(self.update("cancelled", order, details)), Notification::OrderCancelled(notice))
    }

    /// What was reserved as the reservation says, else as the order says.
    pub(super) fn release(&self, order: &Order) -> Compensation {
        let reserved = &order.inventory.items;
        let items = match &order.details {
            Some(details) if reserved.is_empty() => details
                .items
                .iter()
                .map(|line| StockItem { product_id: Box::from(&*line.product_id), quantity: line.quantity })
                .collect(),
            _ => reserved
                .iter()
                .map(|item| StockItem { product_id: item.product_id.clone(), quantity: item.quantity })
                .collect(),
        };
        let cause = order.reason.clone().unwrap_or_default();
        let envelope = self.envelope("release");
        Compensation::ReleaseInventory(ReleaseInventory { envelope, order_id: self.id(), items, cause })
    }

    /// What was paid; `None` when nothing was.
    pub(super) fn refund(&self, order: &Order) -> Option<Compensation> {
        let (amount, currency) = order.payment.paid?;
        Some(Compensation::RefundPayment(RefundPayment {
            envelope: self.envelope("refund"),
            order_id: self.id(),
            payment_id: order.payment.payment_id.clone(),
            amount,
            currency,
            cause: order.reason.clone().unwrap_or_default(),
        }))
    }
}
