//! The doors of Tillstream: everything that is served over HTTP.
//!
//! Answers come from committed state through the runtime's query interface; nothing here touches a running task.
//! Handlers are asynchronous, reads are not: a point read runs where it is asked for, scans and log reads run on a
//! bounded pool of blocking threads. Every error is an RFC 9457 problem.
//!
//! | to find | look in |
//! |---|---|
//! | what a handler can reach | [`AppState`] |
//! | accepting connections, limits, draining | [`Server`] |
//! | all routes and their order of layers | `http/mod.rs` |
//! | one route | the file of its name in `http/` |
#![forbid(unsafe_code)]

mod http;
pub mod offline;
mod peers;
mod position_cache;
mod replay_progress;
mod server;
mod state;
mod traces;

pub use http::{openapi, router};
pub use peers::HttpPeers;
pub use replay_progress::{REPLAY_GROUP, REPLAY_TOPIC, ReplayProgress};
pub use server::{Options, Server, ServerError};
pub use state::{AppState, Parts, StateError, sql_settings};
/// SQL over the state that is served.
pub use tillstream_sql as sql;
pub use traces::{KeptSpans, Traces};
