//! Quantities with units: sizes in bytes and durations in milliseconds.

mod bytes;
mod millis;
mod quantity;
mod retention;

pub use bytes::Bytes;
pub use millis::Millis;
pub use quantity::UnitError;
pub use retention::Retention;
