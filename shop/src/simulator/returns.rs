//! Goods that come back.

use std::collections::VecDeque;

use tillstream_models::events::{
    Country, Currency, OrderEvent, OrderLine, OrderReturned, PaymentEvent, PaymentRefunded,
};

use super::Simulator;

/// Most returns that are on their way; more are never sent.
const MAX_WAITING: usize = 1_024;

/// Returns on their way, in the order of their orders.
#[derive(Debug, Default)]
pub(super) struct Returns(VecDeque<Return>);

/// One line of an order that is sent back when it has arrived.
#[derive(Debug)]
pub(super) struct Return {
    pub(super) delivered_ms: i64,
    pub(super) order_id: Box<str>,
    pub(super) user_id: Box<str>,
    pub(super) country: Option<Country>,
    pub(super) currency: Currency,
    pub(super) line: OrderLine,
}

impl Returns {
    pub(super) fn push(&mut self, goods: Return) {
        if self.0.len() < MAX_WAITING {
            self.0.push_back(goods);
        }
    }
}

impl Simulator {
    /// Takes back, and pays back, what was delivered and returned until `now_ms`.
    pub(super) fn take_back(&mut self, now_ms: i64) {
        let arrived = |goods: &mut Return| goods.delivered_ms < now_ms;
        while let Some(goods) = self.returns.0.pop_front_if(arrived) {
            let Some(total) = goods.line.amount() else { continue };
            let returned = OrderEvent::Returned(OrderReturned {
                envelope: self.publisher.envelope(now_ms),
                order_id: goods.order_id.clone(),
                user_id: Some(goods.user_id),
                country: goods.country,
                currency: goods.currency,
                items: vec![goods.line],
                total,
            });
            self.publisher.publish(now_ms, &returned);
            let refunded = PaymentEvent::Refunded(PaymentRefunded {
                envelope: self.publisher.envelope(now_ms),
                order_id: goods.order_id,
                payment_id: None,
                amount: total,
                currency: goods.currency,
            });
            self.publisher.publish(now_ms, &refunded);
        }
    }
}
