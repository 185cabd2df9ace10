//! Stores seen from outside: against models, over commits, crashes and restores.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod bulk_restore;
mod changelog;
mod expiry;
mod flush;
mod formats;
mod key_value_model;
mod open;
mod queries;
mod seen;
mod task;
mod updates;
mod window_model;
