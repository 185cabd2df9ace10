//! The only place that knows RocksDB: a database with named columns, batches, scans and snapshots.
//!
//! Both the state of a task and the embedded log are built on it. The write-ahead log stays on: it is a write to the
//! page cache, so a killed process loses nothing; an `fsync` is made only where [`Durability::Sync`] asks for it.

mod batch;
mod column;
mod database;
mod error;
mod ingest;
mod opening;
mod resources;
mod run;
mod scan;
mod snapshot;

pub use batch::Batch;
pub use column::{Column, ColumnKind};
pub use database::{ColumnStats, Database, Durability};
pub use error::Error;
pub use resources::{Resources, Usage};
pub use run::Run;
pub use scan::ScanRange;
pub use snapshot::Snapshot;

/// One thread mode for the whole crate: columns are fixed at open, so that looking one up takes no lock.
type Db = rocksdb::DBWithThreadMode<rocksdb::SingleThreaded>;

#[cfg(test)]
mod tests;
