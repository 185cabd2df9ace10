//! The engine on the embedded log: what it computes, and what restarts do to it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

// First: the modules behind it see its macro.
#[macro_use]
mod pass_on;

mod aborting_log;
mod bad_records;
mod crash_points;
mod crashing_log;
mod expiry;
mod frozen_log;
mod harness;
mod kill_nine;
mod late_by_sender;
mod moving_log;
mod pace;
mod rebalance;
mod restart;
mod standby;
mod traces;
mod trouble;
