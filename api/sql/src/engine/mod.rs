//! The engine: a query's text in, events out. Runs in a query process, or in threads of whoever wants no isolation.

mod catalogue;
mod describe;
mod errors;
mod filters;
mod functions;
mod lengths;
mod names;
mod namespace;
mod params;
mod provider;
mod run;
mod scan_exec;
mod session;
mod statement;
mod text;

pub(crate) use functions::VERSION;
pub(crate) use session::Engine;

use std::fmt::Debug;

use arrow::array::RecordBatch;
use tokio::sync::mpsc;

use crate::error::SqlError;
use crate::tables::Wanted;

/// Batches of a scan on their way.
pub(crate) type Batches = mpsc::Receiver<Result<RecordBatch, SqlError>>;

/// Where rows come from: the stores and topics here, or the process that has them.
pub(crate) trait Source: Debug + Send + Sync {
    /// Begins reading a table; ends when the receiver is dropped.
    fn scan(&self, table: &str, wanted: Wanted) -> Batches;
}
