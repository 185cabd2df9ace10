//! What an operator can be told: serdes, names, stores.

mod config;
mod consumed;
mod default_key;
mod grouped;
mod joined;
mod materialized;
mod produced;
mod repartitioned;

pub use config::{Optimization, TopologyConfig};
pub use consumed::{Consumed, TimestampExtractor, Timestamps};
pub use default_key::DefaultKey;
pub use grouped::Grouped;
pub use joined::{Joined, StreamJoined};
pub use materialized::Materialized;
pub use produced::Produced;
pub use repartitioned::Repartitioned;
