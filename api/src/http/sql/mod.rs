//! `/v1/sql`: SQL over committed state and topics.

mod accept;
mod answer;
pub(crate) mod query;
pub(crate) mod tables;
