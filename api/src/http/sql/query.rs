//! `POST /v1/sql`: one query.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tillstream_sql::{ErrorKind, Format, Job, Params, SqlError};
use utoipa::ToSchema;

use super::{accept, answer};
use crate::AppState;
use crate::http::body::{Body, RequestBody};
use crate::http::params::{self, Strict};
use crate::http::problem::{Kind, Position, Problem};
use crate::http::time::Instant;

/// A query.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SqlQuery {
    /// One statement that reads: SELECT, WITH, VALUES, EXPLAIN, SHOW TABLES, DESCRIBE.
    #[schema(example = "SELECT window_start, revenue FROM revenue_by_month WHERE currency = $1 ORDER BY 1")]
    query: String,
    /// Values of the placeholders: an array for `$1`, `$2`, …, or an object for `$name`.
    #[serde(default)]
    #[schema(value_type = Option<Vec<Object>>, example = json!(["GBP"]))]
    params: Option<Params>,
    /// In place of `Accept`: json, ndjson, csv, arrow or parquet.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "json")]
    format: Option<Format>,
}

impl RequestBody for SqlQuery {
    const FORM: &'static str = "{\"query\": …, \"params\": …}";
}

/// A column of an answer.
#[derive(Debug, Serialize, ToSchema)]
struct SqlColumn {
    /// Its name.
    #[schema(example = "revenue")]
    name: String,
    /// Its Arrow type.
    #[schema(example = "Decimal128(19, 4)")]
    r#type: String,
}

/// An answer as JSON. Amounts are decimal strings, times RFC 3339.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SqlAnswer {
    /// The columns.
    columns: Vec<SqlColumn>,
    /// The rows, each an array in the order of the columns.
    #[schema(value_type = Vec<Vec<Object>>, example = json!([["2010-12-01T00:00:00.000Z", "748957.0200"]]))]
    rows: Vec<Vec<serde_json::Value>>,
    /// Number of rows.
    row_count: u64,
    /// Whether there were more rows, which were cut off (sql.max_rows, sql.max_bytes).
    truncated: bool,
    /// Event time of the furthest task.
    as_of: Option<Instant>,
}

/// Runs one query over committed state and topics, read-only. The form of the answer is that of `Accept`; it is streamed, and the
/// query ends when the client leaves. In forms that cannot say that rows were cut off, such an answer ends early as an error,
/// or, where it is short, with the header `Tillstream-Truncated: true`.
#[utoipa::path(post, path = "/v1/sql", tag = "sql", operation_id = "runSql", request_body = SqlQuery, responses(
    (status = 200, description = "the answer", content(
        (SqlAnswer = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"),
        (Vec<u8> = "application/vnd.apache.arrow.stream"), (Vec<u8> = "application/vnd.apache.parquet"))),
    (status = 400, description = "the query is not valid, with its position and a hint, or more than a query may be", body = Problem),
    (status = 403, description = "the query would do something else than read", body = Problem),
    (status = 406, description = "no such form", body = Problem),
    (status = 413, description = "the query needs more memory than it may have", body = Problem),
    (status = 422, description = "the query failed while it ran", body = Problem),
    (status = 429, description = "too many queries at the same time", body = Problem),
    (status = 503, description = "a part of the state is not here yet, or the query took too long", body = Problem),
))]
pub(crate) async fn run(
    State(state): State<AppState>,
    _: Strict<params::Nothing>,
    headers: HeaderMap,
    Body(asked): Body<SqlQuery>,
) -> Result<Response, Problem> {
    let format = match asked.format {
        Some(format) => format,
        None => accept::format(&headers)?,
    };
    let stamp = state.stamp();
    let job = Job {
        query: asked.query,
        params: asked.params.unwrap_or_default(),
        format,
        as_of: Instant::known(stamp.stream_time).map(Instant::text),
        ..Job::default()
    };
    let reply = state.sql().run(job)?;
    answer::of(reply, format, stamp).await
}

impl From<SqlError> for Problem {
    fn from(error: SqlError) -> Self {
        let SqlError { kind, message, place, hint } = error;
        let problem = match kind {
            ErrorKind::Invalid | ErrorKind::Refused => Self::new(Kind::BadQuery, message),
            ErrorKind::Forbidden => Self::new(Kind::Forbidden, message),
            ErrorKind::NotReady => Self::not_ready(message),
            ErrorKind::TooMany => Self::new(Kind::TooManyRequests, message).retry_after(1),
            ErrorKind::Memory => Self::new(Kind::QueryTooLarge, message),
            ErrorKind::Time => Self::new(Kind::Timeout, message),
            ErrorKind::Failed => Self::new(Kind::QueryFailed, message),
            ErrorKind::Internal => Self::new(Kind::Internal, message),
        };
        let position = place.map(|place| Position { line: place.line, column: place.column, offset: place.offset });
        problem.with_advice(position, hint)
    }
}
