//! Why a query has no answer, told apart by what to do about it.

use serde::{Deserialize, Serialize};

/// Kinds of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ErrorKind {
    /// The query is not valid: it cannot be parsed, or names what there is not.
    Invalid,
    /// The query is more than a query may be; it was refused before it was parsed.
    Refused,
    /// The query would do something else than read.
    Forbidden,
    /// A part of the state is not here now: ask again in a moment.
    NotReady,
    /// Too many queries at the same time: ask again in a moment.
    TooMany,
    /// The query needs more memory than it may have.
    Memory,
    /// The query takes longer than it may.
    Time,
    /// The query failed while it ran: an overflow, a division by zero.
    Failed,
    /// The server failed.
    Internal,
}

/// Where in the text of a query something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Line, from 1.
    pub line: u64,
    /// Column, from 1.
    pub column: u64,
    /// Characters before it, from 0.
    pub offset: usize,
}

/// Why a query has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{message}")]
pub struct SqlError {
    /// What to do about it.
    pub kind: ErrorKind,
    /// What went wrong, for a person.
    pub message: String,
    /// Where in the text.
    pub place: Option<Place>,
    /// What was probably meant, or what helps.
    pub hint: Option<String>,
}

impl SqlError {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), place: None, hint: None }
    }

    pub(crate) fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    pub(crate) fn with_place(self, place: Option<Place>) -> Self {
        Self { place, ..self }
    }

    pub(crate) fn internal(what: &str, cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "{what}");
        Self::new(ErrorKind::Internal, format!("{what}; the server's log says why"))
    }
}

impl From<tillstream_stores::Error> for SqlError {
    fn from(error: tillstream_stores::Error) -> Self {
        use tillstream_stores::Error;
        match error {
            Error::Closed | Error::Remote { .. } => Self::new(ErrorKind::NotReady, error.to_string()),
            error => Self::internal("the state cannot be read", &error),
        }
    }
}

impl From<tillstream_processors::ReadError> for SqlError {
    fn from(error: tillstream_processors::ReadError) -> Self {
        use tillstream_processors::ReadError;
        match error {
            ReadError::Unavailable { .. } => Self::new(ErrorKind::NotReady, error.to_string()),
            ReadError::Store(error) => error.into(),
            error => Self::new(ErrorKind::Failed, error.to_string()),
        }
    }
}

impl From<tillstream_runtime::log::LogError> for SqlError {
    fn from(error: tillstream_runtime::log::LogError) -> Self {
        use tillstream_runtime::log::LogError;
        match error {
            LogError::Unreachable { .. } => Self::new(ErrorKind::NotReady, error.to_string()),
            error => Self::internal("the log cannot be read", &error),
        }
    }
}
