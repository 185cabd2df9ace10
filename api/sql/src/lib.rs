//! SQL over committed state and topics, read-only, for people, programs and BI tools.
//!
//! ```text
//!  HTTP, terminal, Postgres ──▶ Sql ──▶ pool of query processes ──▶ Engine (DataFusion), one query at a time
//!                                │                                     │ asks for rows
//!                                └──── Scanner: committed snapshots ◀──┘
//! ```
//!
//! A query runs in a process of its own ([`worker`]), with a limit on its memory, its time and its priority: whatever it does,
//! it is ended, and the service goes on. That process has no files, no network and no state; the rows it works on are read
//! by the service ([`Scanner`]) from committed snapshots and handed over as Arrow batches. Where isolation is not wanted
//! (a command on a data directory, tests) the same engine runs in threads.
//!
//! It is not a database: nothing can be written, there is no transaction, and no index but the stores' own keys.
//!
//! | to find | look in |
//! |---|---|
//! | a table, its columns and their comments | `tables`, one file each |
//! | what a query may be, before it is parsed | `engine/text.rs` |
//! | what is pushed down to the stores | `engine/filters.rs`, `tables/wanted.rs` |
//! | limits, memory, functions | `engine/session.rs` |
//! | answers as JSON, CSV, Arrow, Parquet | `formats` |
//! | query processes and their places | `worker` |
//! | psql and BI tools | `postgres` |
#![forbid(unsafe_code)]

mod engine;
mod error;
mod formats;
mod job;
mod limits;
mod postgres;
mod scanner;
mod service;
mod settings;
mod tables;
pub mod worker;

pub use error::{ErrorKind, Place, SqlError};
pub use formats::Format;
pub use job::{Dialect, Event, Job, Params, ResultColumn, Summary};
pub use limits::Limits;
pub use postgres::{Postgres, PostgresError, PostgresOptions};
pub use scanner::Scanner;
pub use service::{Reply, Sql, Workers};
pub use tables::{About, Catalog, ColumnAbout, Kind, Setting, State};
