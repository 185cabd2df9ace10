//! Who dealt with what, and how much it counts: a sparse matrix of users and items.
//!
//! ```
//! use tillstream_models::interactions::{Confidence, Interaction};
//!
//! let day = 86_400_000;
//! let bought = |user, item, at_ms| Interaction { user, item, weight: 1.0, at_ms };
//! let matrix = Confidence::default().matrix(2, 3, &[bought(0, 2, 0), bought(0, 1, 30 * day)], 30 * day)?;
//! assert_eq!(matrix.row(0).weights, [1.0, 0.5]); // items 1 and 2: half counts what is 30 days old
//! # Ok::<(), tillstream_models::interactions::InteractionsError>(())
//! ```

mod confidence;
mod error;
mod ids;
mod matrix;

pub use confidence::{Confidence, Interaction};
pub use error::InteractionsError;
pub use ids::Ids;
pub use matrix::{Interactions, MAX_WEIGHT, Row};

#[cfg(test)]
mod tests;
