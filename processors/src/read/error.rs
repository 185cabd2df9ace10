//! Why a question has no answer now.

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// Not all parts of the state are here yet: ask again in a moment.
    #[error(
        "the state of {store} is not open: it is being restored or moved, or processing is paused; ask again in a moment"
    )]
    Unavailable {
        /// The store.
        store: String,
    },
    /// A parameter makes no sense.
    #[error("{parameter}: {message}")]
    Invalid {
        /// The parameter, as the HTTP interface calls it.
        parameter: &'static str,
        /// What is wrong and what is possible.
        message: String,
    },
    /// The answer is larger than an answer may be: ask for less at a time.
    #[error("more than {limit} rows; narrow the time range")]
    TooMany {
        /// The most rows an answer may be made of.
        limit: usize,
    },
    /// A sum does not fit.
    #[error("{what} is larger than a sum can be")]
    Overflow {
        /// What was added up.
        what: &'static str,
    },
    /// The state could not be read.
    #[error(transparent)]
    Store(#[from] tillstream_stores::Error),
}

impl ReadError {
    pub(crate) fn invalid(parameter: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid { parameter, message: message.into() }
    }
}
