//! The log seam against a real Kafka broker.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod chaos;
mod harness;
mod members;
mod offsets;
mod outages;
mod partitioner;
mod reading;
mod topics;
mod transactions;
mod zombies;
