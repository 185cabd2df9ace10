//! The Postgres protocol, for psql, notebooks and BI tools.
//!
//! Here only the protocol is spoken: statements are split and sorted by their first word, transactions and settings are
//! acknowledged, since nothing can be written; everything else is a query like any other and runs where queries run.

mod answer;
mod cursors;
mod errors;
mod prepare;
mod queries;
mod server;
mod startup;
mod statement;

pub use server::{Postgres, PostgresError, PostgresOptions};
