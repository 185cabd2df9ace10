//! Errors as answers: RFC 9457 problem details, one shape for every status.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tillstream_processors::ReadError;
use utoipa::ToSchema;

/// What kind of problem it is: decides status, title and `type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    BadParameter,
    BadBody,
    BadEvents,
    BadQuery,
    BadRequest,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    NotAcceptable,
    RequestTimeout,
    Conflict,
    TooLarge,
    QueryTooLarge,
    QueryFailed,
    UnsupportedMediaType,
    TooManyRequests,
    Internal,
    NotReady,
    Overloaded,
    LogFull,
    Timeout,
}

impl Kind {
    /// The HTTP status.
    const fn status(self) -> StatusCode {
        match self {
            Self::BadParameter | Self::BadBody | Self::BadEvents | Self::BadRequest | Self::BadQuery => {
                StatusCode::BAD_REQUEST
            }
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::QueryTooLarge | Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::QueryFailed => StatusCode::UNPROCESSABLE_ENTITY,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::Conflict => StatusCode::CONFLICT,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::NotReady | Self::Overloaded | Self::LogFull | Self::Timeout => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Its stable name, and what went wrong in general.
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::BadParameter => ("urn:tillstream:problem:bad-parameter", "A parameter is not valid"),
            Self::BadBody => ("urn:tillstream:problem:bad-body", "The body cannot be read"),
            Self::BadEvents => ("urn:tillstream:problem:bad-events", "Some events are not valid"),
            Self::BadRequest => ("urn:tillstream:problem:bad-request", "The request is not valid"),
            Self::BadQuery => ("urn:tillstream:problem:bad-query", "The query is not valid"),
            Self::Forbidden => ("urn:tillstream:problem:forbidden", "That is not allowed here"),
            Self::NotAcceptable => ("urn:tillstream:problem:not-acceptable", "There is no such form of the answer"),
            Self::QueryTooLarge => {
                ("urn:tillstream:problem:query-too-large", "The query needs more memory than it may have")
            }
            Self::QueryFailed => ("urn:tillstream:problem:query-failed", "The query failed while it ran"),
            Self::NotFound => ("urn:tillstream:problem:not-found", "There is no such thing"),
            Self::MethodNotAllowed => ("urn:tillstream:problem:method-not-allowed", "The method is not allowed here"),
            Self::RequestTimeout => ("urn:tillstream:problem:request-timeout", "The request took too long to arrive"),
            Self::Conflict => ("urn:tillstream:problem:conflict", "The request does not fit the present state"),
            Self::TooLarge => ("urn:tillstream:problem:too-large", "The body is too large"),
            Self::UnsupportedMediaType => {
                ("urn:tillstream:problem:unsupported-media-type", "The content type is not supported")
            }
            Self::TooManyRequests => ("urn:tillstream:problem:too-many-requests", "Too many requests at the same time"),
            Self::Internal => ("urn:tillstream:problem:internal", "The server failed"),
            Self::NotReady => ("urn:tillstream:problem:not-ready", "The answer is not available yet"),
            Self::Overloaded => ("urn:tillstream:problem:overloaded", "The server is busy"),
            Self::LogFull => ("urn:tillstream:problem:log-full", "There is no space left for the log"),
            Self::Timeout => ("urn:tillstream:problem:timeout", "The answer took too long"),
        }
    }

    /// The kind that stands for a bare status, such as one set by a layer.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed,
            StatusCode::REQUEST_TIMEOUT => Self::RequestTimeout,
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::UnsupportedMediaType,
            StatusCode::TOO_MANY_REQUESTS => Self::TooManyRequests,
            StatusCode::SERVICE_UNAVAILABLE => Self::Overloaded,
            status if status.is_client_error() => Self::BadRequest,
            _ => Self::Internal,
        }
    }
}

/// One bad event of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct EventFault {
    /// Place of the event in the request, from 0.
    #[schema(example = 3)]
    pub(crate) index: usize,
    /// The cause as a stable word.
    #[schema(example = "missing_field")]
    pub(crate) class: String,
    /// The cause for a person.
    #[schema(example = "required field `orderId` is missing or null")]
    pub(crate) reason: String,
}

/// A place in the text of a query.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct Position {
    /// Line, from 1.
    #[schema(example = 1)]
    pub(crate) line: u64,
    /// Column, from 1.
    #[schema(example = 8)]
    pub(crate) column: u64,
    /// Characters before it.
    #[schema(example = 7)]
    pub(crate) offset: usize,
}

/// What is said about a query that is at fault.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Advice {
    /// Where in the query.
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<Position>,
    /// What was probably meant, or what helps.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "did you mean revenue?")]
    hint: Option<String>,
}

/// A problem, RFC 9457. `type` is stable; `detail` is for people and may change.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// Stable name of the kind of problem.
    #[serde(rename = "type")]
    #[schema(example = "urn:tillstream:problem:bad-parameter")]
    kind: &'static str,
    /// What went wrong in general.
    #[schema(example = "A parameter is not valid")]
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 400)]
    status: u16,
    /// What went wrong here, and what to do.
    #[schema(example = "there is no parameter `limt`; did you mean `limit`?")]
    detail: Box<str>,
    /// The path that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "/v1/orders")]
    instance: Option<Box<str>>,
    /// The parameter or field at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "limt")]
    field: Option<Box<str>>,
    /// What is said about a query.
    #[serde(flatten)]
    advice: Option<Box<Advice>>,
    /// The bad events of an ingest request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<EventFault>,
    #[serde(skip)]
    retry_after_s: Option<u16>,
}

impl Problem {
    pub(crate) fn new(kind: Kind, detail: impl Into<Box<str>>) -> Self {
        let (status, (kind, title)) = (kind.status(), kind.words());
        Self {
            kind,
            title,
            status: status.as_u16(),
            detail: detail.into(),
            instance: None,
            field: None,
            advice: None,
            errors: Vec::new(),
            retry_after_s: None,
        }
    }

    /// A parameter that is not valid, by its name.
    pub(crate) fn parameter(field: impl Into<Box<str>>, detail: impl Into<Box<str>>) -> Self {
        Self { field: Some(field.into()), ..Self::new(Kind::BadParameter, detail) }
    }

    pub(crate) fn not_found(detail: impl Into<Box<str>>) -> Self {
        Self::new(Kind::NotFound, detail)
    }

    /// A fault of the server. The cause goes to the log, not to the client.
    pub(crate) fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "request failed");
        Self::new(Kind::Internal, "the server could not answer; its log says why, under this request's X-Request-Id")
    }

    /// The state is being restored or moved: ask again soon.
    pub(crate) fn not_ready(detail: impl Into<Box<str>>) -> Self {
        Self::new(Kind::NotReady, detail).retry_after(1)
    }

    pub(crate) fn with_errors(self, errors: Vec<EventFault>) -> Self {
        Self { errors, ..self }
    }

    pub(crate) fn with_advice(self, position: Option<Position>, hint: Option<String>) -> Self {
        Self { advice: Some(Box::new(Advice { position, hint })), ..self }
    }

    /// Tells the client when to try again, in seconds.
    pub(crate) fn retry_after(self, seconds: u16) -> Self {
        Self { retry_after_s: Some(seconds), ..self }
    }

    /// What went wrong, for those who are not asking over HTTP.
    pub(crate) fn into_detail(self) -> String {
        self.detail.into()
    }

    pub(crate) fn at(self, path: &str) -> Self {
        Self { instance: Some(path.into()), ..self }
    }

    /// The finished answer.
    pub(crate) fn render(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // Strings and numbers: this cannot fail.
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let content_type = HeaderValue::from_static("application/problem+json");
        let mut response = (status, [(header::CONTENT_TYPE, content_type)], body).into_response();
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl IntoResponse for Problem {
    /// Travels as an extension; the outermost layer knows the path and renders it.
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<tillstream_runtime::log::LogError> for Problem {
    fn from(error: tillstream_runtime::log::LogError) -> Self {
        use tillstream_runtime::log::LogError;
        match &error {
            LogError::Full { .. } => Self::new(
                Kind::LogFull,
                "there is no space left for the log; nothing of the request was written. Try again when there is space",
            )
            .retry_after(10),
            LogError::RecordTooLarge { .. } => Self::new(Kind::TooLarge, error.to_string()),
            LogError::InDoubt { .. } => Self::new(
                Kind::Overloaded,
                "it is not known whether the events were written; send them again: an event id counts once",
            )
            .retry_after(1),
            LogError::UnknownTopic(_) => Self::not_found(error.to_string()),
            _ => Self::internal(&error),
        }
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Unavailable { .. } => Self::not_ready(error.to_string()),
            ReadError::Invalid { parameter, message } => {
                Self::parameter(parameter, format!("`{parameter}`: {message}"))
            }
            ReadError::TooMany { .. } => Self::parameter("from", format!("{error}, with `from` and `to`")),
            ReadError::Store(error) => error.into(),
            error => Self::internal(&error),
        }
    }
}

impl From<tillstream_stores::Error> for Problem {
    fn from(error: tillstream_stores::Error) -> Self {
        match error {
            tillstream_stores::Error::Closed => {
                Self::not_ready("the state is being moved or restored; ask again in a second")
            }
            error @ tillstream_stores::Error::Remote { .. } => Self::not_ready(error.to_string()),
            error => Self::internal(&error),
        }
    }
}
