//! Metrics by hand, files good and bad, protocols on data small enough to follow.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod files;
mod metrics;
mod protocols;
