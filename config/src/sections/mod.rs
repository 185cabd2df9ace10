//! The sections of the configuration, one a file. What each key means stands in `default.toml`.

mod application;
mod http;
mod kafka;
mod log;
mod logging;
mod recommendations;
mod shop;
mod simulate;
mod sql;
mod state;
mod streams;
mod topics;
mod tracing;

pub use application::Application;
pub use http::Http;
pub use kafka::{GroupProtocol, Kafka};
pub use log::{Fsync, Log, LogKind};
pub use logging::{LogFormat, Logging};
pub use recommendations::Recommendations;
pub use shop::Shop;
pub use simulate::Simulate;
pub use sql::{Sql, SqlIsolation};
pub use state::State;
pub use streams::Streams;
pub use topics::Topics;
pub use tracing::Tracing;
