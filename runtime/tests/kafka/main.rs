//! The log seam against a real Kafka broker.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

// First: the modules behind it see its macro.
#[macro_use]
#[path = "../engine/pass_on.rs"]
mod pass_on;

mod chaos;
mod departed;
mod elastic;
mod harness;
mod interoperation;
mod members;
mod offsets;
mod outages;
mod partitioner;
mod reading;
mod security;
mod standbys;
mod stretches;
mod topics;
mod traces;
mod transactions;
mod zombies;
