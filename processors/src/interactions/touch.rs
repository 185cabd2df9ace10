//! One thing a customer did with a product.

use serde::Serialize;

/// What a customer did with a product. The order matters: at one time a purchase comes before the return of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum TouchKind {
    /// Opened its page.
    Viewed,
    /// Put it into the cart.
    CartAdded,
    /// Took it out of the cart.
    CartRemoved,
    /// Bought it: the order is confirmed.
    Bought,
    /// Sent it back, or the order was taken back.
    Returned,
    /// Followed a recommendation of it.
    Clicked,
}

impl TouchKind {
    const ALL: [Self; 6] =
        [Self::Viewed, Self::CartAdded, Self::CartRemoved, Self::Bought, Self::Returned, Self::Clicked];

    /// Its number in rows.
    pub(super) fn code(self) -> u64 {
        self as u64
    }

    /// The kind of a number.
    pub(super) fn of(code: u64) -> Option<Self> {
        Self::ALL.get(usize::try_from(code).ok()?).copied()
    }
}

/// Something a customer did with a product, and when. Touches compare by time first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Touch {
    /// Event time, epoch ms.
    pub at_ms: i64,
    /// What.
    pub kind: TouchKind,
    /// Of how many.
    pub units: u32,
}
