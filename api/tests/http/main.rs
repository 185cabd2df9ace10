//! The API on a real application: an embedded log in a temporary directory, the shop's topology, the whole router.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod answers;
mod customers;
mod dead_letters;
mod documentation;
mod fixture;
mod ingest;
mod operations;
mod problems;
mod recommendations;
mod sockets;
mod sql;
mod traces;
