//! The real binary on real data, as a user runs it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod binary;
mod customers;
mod dashboard;
mod first_five_minutes;
mod full_disk;
mod killed_replay;
mod on_kafka;
mod quiet_shop;
mod recommendations;
mod sql;
mod traces;
