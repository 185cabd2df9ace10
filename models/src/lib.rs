//! The shop's vocabulary: the events that cross the log, and exact money.
//!
//! This crate knows bytes and values only: no log, no store, no clock. What it decodes has been
//! checked (ids, amounts, currencies, bounds), so the code behind it need not check again.

pub mod events;
