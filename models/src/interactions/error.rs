//! What a matrix of interactions refuses.

/// Why interactions were refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InteractionsError {
    /// A user or item lies outside the matrix.
    #[error("{what} {index} is outside a matrix with {count}: ask for a larger one, or drop the interaction")]
    OutOfRange {
        /// `user` or `item`.
        what: &'static str,
        /// The index found.
        index: u32,
        /// How many there are.
        count: usize,
    },
    /// A weight is no number, negative or absurdly large.
    #[error("the weight of user {user} and item {item} is {weight}, not a number from 0 to {}", super::MAX_WEIGHT)]
    Weight {
        /// The row.
        user: u32,
        /// The column.
        item: u32,
        /// The weight found.
        weight: f32,
    },
    /// More users or items than an index can name.
    #[error("{count} {what}s are more than the 4,294,967,295 an index can name")]
    TooMany {
        /// `user` or `item`.
        what: &'static str,
        /// How many were asked for.
        count: usize,
    },
    /// A setting is outside its range.
    #[error("{name} is {value}; it must be {expected}")]
    Parameter {
        /// The setting.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What would be accepted.
        expected: &'static str,
    },
}
