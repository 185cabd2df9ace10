//! The events of every topic: typed, validated, one file a topic.
//!
//! | topic | enum | written by |
//! |---|---|---|
//! | `orders` | [`OrderEvent`] | order service |
//! | `inventory` | [`InventoryEvent`] | inventory service |
//! | `payments` | [`PaymentEvent`] | payment service |
//! | `user-activity` | [`ActivityEvent`] | web shop |
//! | `products` | [`ProductEvent`] | catalogue |
//! | `order-updates` | [`OrderUpdate`] | Tillstream |
//! | `compensations` | [`Compensation`] | Tillstream |
//! | `notifications` | [`Notification`] | Tillstream |
//!
//! Decoding is strict where a mistake would change an answer (money, ids, quantities, repeated
//! keys) and lenient where it would not (unknown fields, a newer `version`). Whatever is refused
//! says why with a stable [`EventError::class`], so that dead letters can be counted by cause.
//!
//! ```
//! use tillstream_models::events::{Event, PaymentEvent};
//!
//! let payload = br#"{"type":"PaymentCompleted","version":1,"eventId":"p-1",
//!     "at":"2010-12-01T08:26:00Z","orderId":"536365","amount":15.30,"currency":"GBP"}"#;
//! let event = PaymentEvent::decode(payload)?;
//! assert_eq!((event.event_id(), event.key()), ("p-1", "536365"));
//!
//! let refused = PaymentEvent::decode(br#"{"type":"PaymentCompleted","eventId":"p-2",
//!     "orderId":"536365","amount":1e2,"currency":"GBP"}"#);
//! assert_eq!(refused.map_err(|error| error.class()), Err("money"));
//! # Ok::<(), tillstream_models::events::EventError>(())
//! ```

mod activity;
mod compensation;
mod country;
mod currency;
mod envelope;
mod error;
mod fingerprint;
mod inventory;
mod json;
mod line;
mod money;
mod notification;
mod order;
mod order_update;
mod payment;
mod product;
mod timestamp;
mod wire;

#[cfg(test)]
mod tests;

pub use activity::{
    ActivityEvent, CartItem, CheckoutStarted, ProductViewed, RecommendationClicked, RecommendationShown, Searched,
    Visitor,
};
pub use compensation::{Compensation, RefundPayment, ReleaseInventory};
pub use country::Country;
pub use currency::Currency;
pub use envelope::{Envelope, Event};
pub use error::EventError;
pub use fingerprint::payload_hash;
pub use inventory::{
    InventoryEvent, InventoryFailed, InventoryReleased, InventoryReserved, MissingStock, StockAdjusted, StockCounted,
    StockItem,
};
pub use line::OrderLine;
pub use money::{Money, MoneyError};
pub use notification::{Anomaly, LowStock, Notification, OrderCancelledNotice, OrderConfirmedNotice, StockOutForecast};
pub use order::{OrderCancelled, OrderConfirmed, OrderDelivered, OrderEvent, OrderPlaced, OrderReturned, OrderShipped};
pub use order_update::{LegState, Legs, OrderUpdate, OrderUpdated};
pub use payment::{PaymentCompleted, PaymentEvent, PaymentFailed, PaymentRefunded};
pub use product::{ProductEvent, ProductRemoved, ProductUpserted};
pub use timestamp::{format_rfc3339, parse_rfc3339};

/// Largest payload that is looked at, in bytes (1 MiB); anything longer is refused unread.
pub const MAX_EVENT_BYTES: usize = 1 << 20;
/// Longest id or label (order, product, user, category …), in bytes.
pub const MAX_ID_BYTES: usize = 256;
/// Longest free text (product name, reason, search words), in bytes.
pub const MAX_TEXT_BYTES: usize = 16 * 1024;
/// Most lines in one event.
pub const MAX_ITEMS: usize = 10_000;
/// Deepest nesting of objects and arrays, the event itself included.
pub const MAX_DEPTH: usize = 64;
