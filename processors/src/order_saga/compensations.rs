//! Undoing the legs of an order that is not to be.

use tillstream_models::events::Compensation;

use super::messages::Messages;
use super::order::{Compensated, Leg, Order};

/// Which legs are to be undone now. The state machine sees to it that each is asked for once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Undone {
    pub(super) release: bool,
    pub(super) refund: bool,
}

impl Undone {
    /// The requests to the other services; the order's row remembers them.
    pub(super) fn of(self, order: &mut Order, messages: &Messages<'_>) -> impl Iterator<Item = Compensation> + use<> {
        let at_ms = messages.at_ms;
        let release = self.release.then(|| messages.release(order));
        let refund = self.refund.then(|| messages.refund(order)).flatten();
        if release.is_some() {
            order.compensations.push(Compensated { leg: Leg::Inventory, at_ms });
        }
        if refund.is_some() {
            order.compensations.push(Compensated { leg: Leg::Payment, at_ms });
        }
        release.into_iter().chain(refund)
    }
}
