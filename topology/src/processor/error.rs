//! Why a record could not be processed.

use tillstream_stores::SerdeError;

/// What went wrong with one record. The runtime sends a refused record to the dead letters with its reason; a state
/// error stops the task instead, because the record is not to blame.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProcessError {
    /// Key or value could not be read. The record goes to the dead letters untouched.
    #[error("{part} of the record cannot be read: {source}")]
    Deserialization {
        /// `key` or `value`.
        part: &'static str,
        /// What the serde said.
        source: SerdeError,
    },
    /// The event time is not acceptable: no clock was moved.
    #[error("timestamp {timestamp} is not acceptable: {reason}")]
    Timestamp {
        /// The time as extracted, epoch milliseconds.
        timestamp: i64,
        /// What is wrong with it.
        reason: String,
    },
    /// A result could not be written.
    #[error("a result cannot be written: {0}")]
    Serialization(SerdeError),
    /// An operator refused the record: an overflow, a rule of the application.
    #[error("{message}")]
    Refused {
        /// A stable word for metrics and dead letters.
        class: &'static str,
        /// What is wrong.
        message: String,
    },
    /// The state store failed; the record is not to blame.
    #[error(transparent)]
    Store(#[from] tillstream_stores::Error),
}

impl ProcessError {
    /// An operator's refusal: `class` is a stable word such as `overflow`.
    pub fn refused(class: &'static str, message: impl Into<String>) -> Self {
        ProcessError::Refused { class, message: message.into() }
    }

    /// A stable word for metrics and for the header of the dead letter.
    pub fn class(&self) -> &'static str {
        match self {
            ProcessError::Deserialization { source, .. } => source.class(),
            ProcessError::Timestamp { .. } => "timestamp_out_of_range",
            ProcessError::Serialization(source) => source.class(),
            ProcessError::Refused { class, .. } => class,
            ProcessError::Store(_) => "store",
        }
    }

    /// Whether the record itself is at fault, so that setting it aside lets processing go on.
    pub fn blames_record(&self) -> bool {
        !matches!(self, ProcessError::Store(_))
    }
}
