//! The state machine of an order: a pure function from a state and an input to the next state and what is to be done.
//!
//! It knows no store, no clock and no payload, so that every order of every combination of inputs can be tried in a test.

use serde::{Deserialize, Serialize};
use tillstream_models::events::LegState;

use super::status::Status;

/// What the machine remembers of one order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Saga {
    /// Where the order is in its life.
    pub status: Status,
    /// Whether OrderPlaced came, so that customer, lines and total are known.
    pub placed: bool,
    /// How far the reservation is.
    pub inventory: LegState,
    /// How far the payment is.
    pub payment: LegState,
    /// The reservation was given back, or its release was asked for: it is not to be asked for again.
    pub released: bool,
    /// The money went back, or the refund was asked for.
    pub refunded: bool,
    /// The verdict is the order service's own.
    pub explicit: bool,
    /// The order counts as a sale.
    pub sold: bool,
}

/// What can happen to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Input {
    /// A customer ordered.
    Placed,
    /// The goods are set aside.
    Reserved,
    /// The goods are not there.
    OutOfStock,
    /// The goods are free again.
    Released,
    /// The order is paid.
    Paid,
    /// The order cannot be paid.
    NotPaid,
    /// All that was paid went back.
    Refunded,
    /// A part of what was paid went back.
    PartlyRefunded,
    /// The order service confirms.
    Confirmed,
    /// The order service cancels.
    Cancelled,
    /// The goods left.
    Shipped,
    /// The goods arrived.
    Delivered,
    /// Goods came back.
    Returned,
    /// Nothing more is waited for.
    TimedOut,
}

/// Why an order is cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The reservation failed.
    OutOfStock,
    /// The payment failed.
    NotPaid,
    /// A leg, or the order itself, did not come in time.
    TimedOut,
    /// The order service said so.
    Service,
}

impl Cause {
    /// The reason when the event gives none.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OutOfStock => "out of stock",
            Self::NotPaid => "payment failed",
            Self::TimedOut => "timed out",
            Self::Service => "cancelled by the order service",
        }
    }
}

/// What is to be done about a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Actions {
    /// Tell that the order is confirmed.
    pub confirmed: bool,
    /// Tell that the order is cancelled, and why.
    pub cancelled: Option<Cause>,
    /// Have the reservation given back.
    pub release: bool,
    /// Have the payment given back.
    pub refund: bool,
    /// Count the sale.
    pub sale: bool,
    /// Take the sale back.
    pub void: bool,
    /// Count what came back.
    pub returned: bool,
}

/// One legal step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The state from now on.
    pub saga: Saga,
    /// What is to be done.
    pub actions: Actions,
}

/// The step that `input` makes from `saga`; `None` when it is illegal there and changes nothing.
#[must_use]
pub fn step(saga: Saga, input: Input) -> Option<Step> {
    let mut step = Step { saga, actions: Actions::default() };
    let legal = match input {
        Input::Placed => step.placed(),
        Input::Reserved => step.inventory(LegState::Succeeded),
        Input::OutOfStock => step.inventory(LegState::Failed),
        Input::Paid => step.payment(LegState::Succeeded),
        Input::NotPaid => step.payment(LegState::Failed),
        Input::Released => {
            step.saga.released = true;
            true
        }
        Input::Refunded => {
            step.saga.refunded = true;
            true
        }
        Input::PartlyRefunded => true,
        Input::Confirmed => step.explicitly_confirmed(),
        Input::Cancelled => step.explicitly_cancelled(),
        Input::Shipped => step.moved(Status::Shipped, &[Status::Confirmed]),
        Input::Delivered => step.moved(Status::Delivered, &[Status::Confirmed, Status::Shipped]),
        Input::Returned => step.returned(),
        Input::TimedOut => {
            step.timed_out();
            true
        }
    };
    legal.then_some(step)
}

impl Step {
    fn placed(&mut self) -> bool {
        if self.saga.placed || self.saga.status == Status::ReturnOnly {
            return false;
        }
        self.saga.placed = true;
        match self.saga.status {
            Status::AwaitingOrder => {
                self.saga.status = Status::Placed;
                self.settle();
            }
            // Its legs were undone when they timed out: it cannot be confirmed any more.
            Status::Orphaned => self.cancel(Cause::TimedOut),
            // Only the order service can have cancelled before the order was known.
            Status::Cancelled => self.actions.cancelled = Some(Cause::Service),
            _ => self.tell_confirmed(),
        }
        true
    }

    fn inventory(&mut self, outcome: LegState) -> bool {
        let (known, undone) = (self.saga.inventory, self.saga.released);
        match self.leg(known, undone, outcome) {
            Heard::Illegal => return false,
            Heard::Now(state) => self.saga.inventory = state,
            Heard::TooLate => (self.saga.released, self.actions.release) = (true, true),
        }
        self.settle();
        true
    }

    fn payment(&mut self, outcome: LegState) -> bool {
        let (known, undone) = (self.saga.payment, self.saga.refunded);
        match self.leg(known, undone, outcome) {
            Heard::Illegal => return false,
            Heard::Now(state) => self.saga.payment = state,
            Heard::TooLate => (self.saga.refunded, self.actions.refund) = (true, true),
        }
        self.settle();
        true
    }

    /// What a leg's outcome means. A leg is decided once; but a success after its own failure has set goods aside or
    /// taken money for an order that failed with it, so it is undone.
    fn leg(&self, known: LegState, undone: bool, outcome: LegState) -> Heard {
        match (self.saga.status, known, outcome) {
            (Status::ReturnOnly, ..) => Heard::Illegal,
            (_, LegState::Pending, outcome) => Heard::Now(outcome),
            (status, LegState::Failed, LegState::Succeeded) if stands(status) => Heard::Now(outcome),
            (_, LegState::Failed, LegState::Succeeded) if !undone => Heard::TooLate,
            _ => Heard::Illegal,
        }
    }

    /// The verdict that follows from the legs.
    fn settle(&mut self) {
        match (self.saga.status, self.saga.inventory, self.saga.payment) {
            (Status::Placed, LegState::Succeeded, LegState::Succeeded) => self.confirm(),
            (Status::Placed, LegState::Failed, _) => self.cancel(Cause::OutOfStock),
            (Status::Placed, _, LegState::Failed) => self.cancel(Cause::NotPaid),
            (Status::Cancelled | Status::Orphaned, ..) => self.compensate(),
            _ => {}
        }
    }

    fn explicitly_confirmed(&mut self) -> bool {
        match self.saga.status {
            Status::Confirmed => {}
            Status::Cancelled if self.saga.explicit => return false,
            Status::AwaitingOrder | Status::Orphaned | Status::Placed | Status::Cancelled => self.confirm(),
            _ => return false,
        }
        self.saga.explicit = true;
        true
    }

    fn explicitly_cancelled(&mut self) -> bool {
        match self.saga.status {
            Status::Cancelled => {}
            Status::AwaitingOrder | Status::Orphaned | Status::Placed | Status::Confirmed => {
                self.cancel(Cause::Service)
            }
            _ => return false,
        }
        self.saga.explicit = true;
        true
    }

    fn moved(&mut self, to: Status, from: &[Status]) -> bool {
        let legal = from.contains(&self.saga.status);
        if legal {
            self.saga.status = to;
        }
        legal
    }

    fn returned(&mut self) -> bool {
        self.saga.status = match self.saga.status {
            Status::AwaitingOrder | Status::Orphaned | Status::ReturnOnly => Status::ReturnOnly,
            status if stands(status) => Status::Returned,
            _ => return false,
        };
        self.actions.returned = true;
        true
    }

    fn timed_out(&mut self) {
        match self.saga.status {
            Status::Placed => self.cancel(Cause::TimedOut),
            Status::AwaitingOrder => {
                self.saga.status = Status::Orphaned;
                self.compensate();
            }
            _ => {}
        }
    }

    fn confirm(&mut self) {
        self.saga.status = Status::Confirmed;
        if self.saga.placed {
            self.tell_confirmed();
        }
    }

    fn tell_confirmed(&mut self) {
        self.actions.confirmed = true;
        self.actions.sale = !self.saga.sold;
        self.saga.sold = true;
    }

    fn cancel(&mut self, cause: Cause) {
        self.saga.status = Status::Cancelled;
        if self.saga.placed {
            self.actions.cancelled = Some(cause);
        }
        self.actions.void = self.saga.sold;
        self.saga.sold = false;
        self.compensate();
    }

    /// Has undone what succeeded, each leg once.
    fn compensate(&mut self) {
        if self.saga.inventory == LegState::Succeeded && !self.saga.released {
            (self.saga.released, self.actions.release) = (true, true);
        }
        if self.saga.payment == LegState::Succeeded && !self.saga.refunded {
            (self.saga.refunded, self.actions.refund) = (true, true);
        }
    }
}

enum Heard {
    /// The leg is so from now on.
    Now(LegState),
    /// It succeeded after it had failed: it is undone at once.
    TooLate,
    Illegal,
}

/// Whether the order was confirmed and not cancelled since.
fn stands(status: Status) -> bool {
    matches!(status, Status::Confirmed | Status::Shipped | Status::Delivered | Status::Returned)
}

#[cfg(test)]
#[path = "transitions_tests.rs"]
mod tests;
