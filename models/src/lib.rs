//! The shop's vocabulary, and what is learned from it: the events that cross the log, exact money, recommenders.
//!
//! This crate knows bytes and values only: no log, no store, no clock. What it decodes has been
//! checked (ids, amounts, currencies, bounds), so the code behind it need not check again.
//!
//! | to find | look in |
//! |---|---|
//! | events and money | [`events`] |
//! | who dealt with what, as a sparse matrix of confidences | [`interactions`] |
//! | implicit alternating least squares | [`als`] |
//! | a trained model with the names of its rows, as it is published | [`learned`] |
//! | everything that recommends, and the rules of a shop | [`recommenders`] |
//! | kinds of customers by when, how often and for how much they bought | [`segments`] |
//! | offline evaluation, grid search | [`evaluation`] |

pub mod als;
pub mod evaluation;
pub mod events;
pub mod interactions;
pub mod learned;
mod linear;
pub mod recommenders;
pub mod segments;

pub use linear::Factors;
