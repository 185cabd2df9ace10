//! The engine on the embedded log: what it computes, and what restarts do to it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod bad_records;
mod harness;
mod late_by_sender;
mod restart;
