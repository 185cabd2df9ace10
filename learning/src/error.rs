//! Why learning cannot start, or a round of it failed.

use tillstream_models::{
    als::AlsError, interactions::InteractionsError, learned::LearnedError, segments::SegmentError,
};
use tillstream_processors::ReadError;
use tillstream_runtime::log::LogError;

/// Why learning cannot start, or a round of it failed. A failed round is tried again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LearningError {
    /// The state cannot be read now.
    #[error(transparent)]
    State(#[from] ReadError),
    /// What was read is no matrix.
    #[error(transparent)]
    Interactions(#[from] InteractionsError),
    /// Parameters out of range.
    #[error(transparent)]
    Parameters(#[from] AlsError),
    /// There are no segments.
    #[error(transparent)]
    Segments(#[from] SegmentError),
    /// A model that is none.
    #[error(transparent)]
    Model(#[from] LearnedError),
    /// The log failed.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A topic is not there.
    #[error("topic {topic} does not exist")]
    NoTopic {
        /// Its name.
        topic: String,
    },
    /// A record cannot be written as JSON.
    #[error("a record cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A thread cannot be started.
    #[error("a thread for learning cannot be started: {0}")]
    Thread(#[from] std::io::Error),
    /// The threads that train cannot be started.
    #[error("the threads that train cannot be started: {0}")]
    Pool(#[from] rayon::ThreadPoolBuildError),
    /// A metric of the same name is registered already.
    #[error(transparent)]
    Metrics(#[from] prometheus::Error),
}
