//! Where an order is in its life.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where an order is in its life.
///
/// ```text
///  (legs only) AwaitingOrder ──time-out──▶ Orphaned          OrderReturned alone: ReturnOnly
///                    │ OrderPlaced
///                    ▼
///                  Placed ──both legs──▶ Confirmed ─▶ Shipped ─▶ Delivered
///                    │                      │            └────┬──────┘
///       leg failed, time-out                │cancelled        ▼
///                    └──▶ Cancelled ◀───────┘             Returned
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Status {
    /// A leg was heard of, the order not yet.
    #[default]
    AwaitingOrder,
    /// Ordered; the legs are awaited.
    Placed,
    /// Both legs succeeded, or the order service said so.
    Confirmed,
    /// A leg failed, the time ran out, or the order service said so.
    Cancelled,
    /// The goods left.
    Shipped,
    /// The goods arrived.
    Delivered,
    /// Goods came back.
    Returned,
    /// The order of some legs never came.
    Orphaned,
    /// A return under a number of its own; its order is not known here.
    ReturnOnly,
}

impl Status {
    /// All of them, in the order of an order's life.
    pub const ALL: [Self; 9] = [
        Self::AwaitingOrder,
        Self::Placed,
        Self::Confirmed,
        Self::Cancelled,
        Self::Shipped,
        Self::Delivered,
        Self::Returned,
        Self::Orphaned,
        Self::ReturnOnly,
    ];

    /// The word used in answers, such as `confirmed`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AwaitingOrder => "awaitingOrder",
            Self::Placed => "placed",
            Self::Confirmed => "confirmed",
            Self::Cancelled => "cancelled",
            Self::Shipped => "shipped",
            Self::Delivered => "delivered",
            Self::Returned => "returned",
            Self::Orphaned => "orphaned",
            Self::ReturnOnly => "returnOnly",
        }
    }

    /// The status of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Whether something is still waited for, so that time may run out.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::AwaitingOrder | Self::Placed)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
