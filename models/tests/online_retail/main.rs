//! A year of a real shop: what the recommenders reach on it, against figures of other implementations.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod baskets;
mod sales;
mod strong;
mod temporal;
