//! Why there is no report.

use super::PairsError;
use crate::{als::AlsError, interactions::InteractionsError, recommenders::EaseError};

/// Why an evaluation was not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluationError {
    /// A file cannot be read.
    #[error(transparent)]
    Pairs(#[from] PairsError),
    /// The training data is unusable.
    #[error("training data: {0}")]
    Interactions(#[from] InteractionsError),
    /// A model was not trained.
    #[error(transparent)]
    Als(#[from] AlsError),
    /// A model was not trained.
    #[error(transparent)]
    Ease(#[from] EaseError),
    /// No such model.
    #[error("`{name}` is no model; there are {known}")]
    UnknownModel {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// No such protocol.
    #[error("`{name}` is no protocol; there are strong, full-ranking and sampled")]
    UnknownProtocol {
        /// What was asked for.
        name: String,
    },
    /// The protocol needs a file that was not given.
    #[error("protocol {protocol} needs {what}")]
    Missing {
        /// The protocol.
        protocol: &'static str,
        /// What is missing.
        what: &'static str,
    },
    /// The files leave nobody to evaluate.
    #[error("no user is left to evaluate: {why}")]
    Nobody {
        /// What was looked for.
        why: &'static str,
    },
    /// Parameters cannot be shown as JSON.
    #[error("parameters cannot be written: {0}")]
    Json(#[from] serde_json::Error),
}
