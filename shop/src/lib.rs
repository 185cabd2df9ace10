//! Shops to feed Tillstream with: a real one from the past, a simulated one, a measured one.
//!
//! - [`online_retail`] replays a year of real sales, the demo's data;
//! - [`simulator`] plays an endless shop, with faults as asked;
//! - [`workload`] repeats the events of the Kafka Streams benchmark, byte for byte.
//!
//! All three give [`ShopRecord`]s in the order in which they are to be published, and the same
//! ones for the same seed. None of them knows a log or a clock.

pub mod online_retail;
pub mod simulator;
pub mod workload;

mod record;
mod timeline;
mod zipf;

pub use record::ShopRecord;
