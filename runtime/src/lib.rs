//! The engine: runs a [`Topology`](tillstream_topology::Topology) on a [`log`], exactly once.
//!
//! ```text
//! Application ── StreamThread ── Task (queues + operators + state)      one thread owns its tasks, one writer, one reader
//!                      └───────── commit: outputs, changelog, offsets in one transaction; only then the state
//! ```
//!
//! It is not a broker and not a scheduler of other people's work: threads are plain, processing is synchronous, and the
//! only clock is the one handed in.
#![forbid(unsafe_code)]

pub mod application;
mod clock;
mod committed;
pub mod dead_letters;
mod directory;
mod error;
mod housekeeping;
mod ids;
pub mod lag;
mod layout;
pub mod ledger;
pub mod log;
pub mod metrics;
mod newest;
mod options;
pub mod partitioner;
mod progress;
pub mod query;
mod restore;
mod standby;
mod supervision;
mod task;
mod thread;
pub mod trace;

pub use application::{Application, ApplicationState};
pub use clock::{Clock, ManualClock, SystemClock};
pub use committed::CommittedState;
pub use dead_letters::DeadLetter;
pub use directory::{Neighbours, Peers};
pub use error::Error;
pub use ids::{TaskId, TaskIdError};
pub use options::Options;
pub use query::StoreQuery;
pub use restore::RestoreProgress;
