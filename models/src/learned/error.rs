//! Why bytes are not a published model.

use crate::als::FileError;

/// Why bytes are not a published model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LearnedError {
    /// The bytes end before what they say they hold.
    #[error("the model is cut short: {found} bytes")]
    Short {
        /// How many there are.
        found: usize,
    },
    /// The header is no JSON, or lacks something.
    #[error("the model's header cannot be read: {0}")]
    Header(#[from] serde_json::Error),
    /// A model of another release.
    #[error("the model has format version {found}, this release reads {}: train it again", super::FORMAT_VERSION)]
    Version {
        /// What the header says.
        found: u32,
    },
    /// The factors are unusable.
    #[error(transparent)]
    Factors(#[from] FileError),
    /// There are not as many names as rows.
    #[error("the model names {names} {what}s and has factors of {rows}")]
    Names {
        /// `user` or `item`.
        what: &'static str,
        /// Distinct names.
        names: usize,
        /// Factor rows.
        rows: usize,
    },
}
