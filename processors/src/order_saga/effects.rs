//! What follows from an order's step, on its way to the answers and topics that are made of it.

use tillstream_models::events::{Compensation, Notification, OrderUpdate};

use super::status::Status;
use crate::co_purchase::Basket;
use crate::sales::SalesFact;

/// What follows from an order's step; the time is that of its record.
#[derive(Clone, Debug)]
pub(crate) enum Effect {
    /// The verdict, for topic `order-updates`.
    Update(OrderUpdate),
    /// What another service has to undo, for topic `compensations`.
    Compensation(Compensation),
    /// What the customer should hear, for topic `notifications`.
    Notification(Notification),
    /// The order moved on.
    Status(StatusChange),
    /// Something was sold, came back or was cancelled.
    Sale(SalesFact),
    /// Products were bought together, or after all not.
    Basket(Basket),
}

/// An order moved from one status to another: a new order from none, a forgotten one to none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StatusChange {
    pub(crate) from: Option<Status>,
    pub(crate) to: Option<Status>,
}

/// The variants by name: what the branches of the saga's stream are made of.
macro_rules! variants {
    ($($method:ident: $variant:ident($value:ty);)*) => {
        impl Effect {
            $(pub(crate) fn $method(self) -> Option<$value> {
                match self {
                    Self::$variant(value) => Some(value),
                    _ => None,
                }
            })*
        }
    };
}

variants! {
    into_update: Update(OrderUpdate);
    into_compensation: Compensation(Compensation);
    into_notification: Notification(Notification);
    into_status: Status(StatusChange);
    into_sale: Sale(SalesFact);
    into_basket: Basket(Basket);
}
