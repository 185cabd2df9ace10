//! A real Kafka broker for tests, or a cluster: started from the jars Maven fetched, stopped with the test that started it.
//!
//! `KAFKA_BOOTSTRAP_SERVERS` names brokers to use instead. Where there is neither, tests that ask for a broker say why
//! and pass; with `CI=true` they fail.
#![forbid(unsafe_code)]

mod broker;
mod jars;
mod node;
mod process;
mod properties;
mod secured;

pub use broker::{Broker, Unavailable};
pub use jars::Jars;
pub use node::Node;
pub use secured::Secured;
