//! Durations of requests by route, method and status.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use prometheus::{HistogramOpts, HistogramVec, Registry};

use crate::AppState;

/// `http_request_seconds{route,method,status}`. The route is the matched template, the method one of a closed set, so
/// that no client can make series.
#[derive(Clone, Debug)]
pub(crate) struct RequestMetrics {
    seconds: HistogramVec,
}

impl RequestMetrics {
    pub(crate) fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let buckets = vec![0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
        let options = HistogramOpts::new("http_request_seconds", "Duration of HTTP requests").buckets(buckets);
        let seconds = HistogramVec::new(options, &["route", "method", "status"])?;
        registry.register(Box::new(seconds.clone()))?;
        Ok(Self { seconds })
    }

    fn observe(&self, route: &str, method: &str, status: &str, since: Instant) {
        self.seconds.with_label_values(&[route, method, status]).observe(since.elapsed().as_secs_f64());
    }
}

/// Measures each request.
pub(crate) async fn measure(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let since = Instant::now();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = method_label(request.method());
    let response = next.run(request).await;
    let route = route.as_ref().map_or("unmatched", MatchedPath::as_str);
    state.requests().observe(route, method, response.status().as_str(), since);
    response
}

fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::HEAD => "HEAD",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::PATCH => "PATCH",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}
