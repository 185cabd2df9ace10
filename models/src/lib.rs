//!
//! This crate knows bytes and values only: no log, no store, no clock. What it decodes has been
//! checked (ids, amounts, currencies, bounds), so the code behind it need not check again.
//!
//! | to find | look in |
//! |---|---|
//! | events and money | [`events`] |
//! | who dealt with what, as a sparse matrix of confidences | [`interactions`] |
//! | implicit alternating least squares | [`als`] |

pub mod als;
pub mod events;
pub mod interactions;
mod linear;

pub use linear::Factors;
