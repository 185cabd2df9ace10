//! What is done to every request and every answer.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument as _;

use super::problem::{Kind, Problem};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives each request an id, its own or the client's, for the log and the answer; tells browsers not to guess types.
pub(crate) async fn identify(request: Request, next: Next) -> Response {
    let id = match request.headers().get(&REQUEST_ID) {
        Some(id) if is_id(id.as_bytes()) => id.clone(),
        _ => new_id(),
    };
    let shown = id.to_str().unwrap_or_default().to_owned();
    let span = tracing::info_span!("request", id = %shown, method = %request.method(), path = %request.uri().path());
    let mut response = next.run(request).instrument(span).await;
    response.headers_mut().insert(REQUEST_ID, id);
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn is_id(id: &[u8]) -> bool {
    (1..=64).contains(&id.len()) && id.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
}

/// Unique in the process, and told from other processes by a random start.
fn new_id() -> HeaderValue {
    static START: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(0));
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = START.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
    HeaderValue::from_str(&format!("{number:016x}")).unwrap_or(HeaderValue::from_static("0"))
}

/// Gives every error the shape of a problem, whoever made it: a handler, an extractor, the router or a layer.
pub(crate) async fn render_problems(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        return problem.at(&path).render();
    }
    let status = response.status();
    let is_problem =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/problem+json");
    if is_problem || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    adopt(response, &path).await
}

/// Turns a bare error into a problem, keeping headers such as `Allow`.
async fn adopt(response: Response, path: &str) -> Response {
    let (mut parts, body) = response.into_parts();
    // Rejections of extractors are short texts about the request; anything longer is not one.
    let text = to_bytes(body, 1024).await.ok().and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
    let kind = Kind::of_status(parts.status);
    let detail = match (kind, text.filter(|text| !text.is_empty() && parts.status.is_client_error())) {
        (_, Some(text)) => text,
        (Kind::MethodNotAllowed, None) => "see the Allow header for what this route takes".to_owned(),
        (_, None) => parts.status.canonical_reason().unwrap_or("unknown").to_lowercase(),
    };
    let rendered = Problem::new(kind, detail).at(path).render();
    let (rendered_parts, body) = rendered.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.extend(rendered_parts.headers);
    Response::from_parts(parts, body)
}

/// Ends requests that take too long.
pub(crate) async fn limit_time(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let detail = format!("no answer within {} ms", limit.as_millis());
            Problem::new(Kind::Timeout, detail).retry_after(1).into_response()
        }
    }
}

/// Answers 304 where the client has the answer already.
pub(crate) async fn not_modified(request: Request, next: Next) -> Response {
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    let mut response = next.run(request).await;
    let tag = response.headers().get(header::ETAG);
    let (Some(known), Some(tag), StatusCode::OK) = (known, tag, response.status()) else {
        return response;
    };
    let matches =
        |known: &str| known.split(',').any(|one| one.trim() == "*" || one.trim().as_bytes() == tag.as_bytes());
    if known.to_str().is_ok_and(matches) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
    response
}
