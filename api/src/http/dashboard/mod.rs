//! `GET /`: the shop at a glance, one page without anything from elsewhere.

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse};
use axum::routing::get;

use crate::AppState;

/// The page talks to this server only; no script from outside, or inside a product's name, can run.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; connect-src 'self'; img-src 'self' data:; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// A till of twelve lines, so that browsers stop asking.
const ICON: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#0f766e"/><path d="M3 11h2V7H3zm4 0h2V4H7zm4 0h2V8h-2z" fill="#fff"/></svg>"##;

/// The page and its parts.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/", get(page))
        .route("/dashboard.css", get(|| async { part("text/css", include_str!("style.css")) }))
        .route("/dashboard.js", get(|| async { part("text/javascript", include_str!("script.js")) }))
        .route("/favicon.ico", get(|| async { part("image/svg+xml", ICON) }))
}

async fn page() -> impl IntoResponse {
    let headers = [(header::CONTENT_SECURITY_POLICY, POLICY), (header::CACHE_CONTROL, REVALIDATED)];
    (headers, Html(include_str!("page.html")))
}

/// Parts change with the binary only, but nothing in their address says which binary it was.
const REVALIDATED: HeaderValue = HeaderValue::from_static("no-cache");

fn part(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CACHE_CONTROL, REVALIDATED)], text)
}
