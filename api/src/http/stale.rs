//! `?stale=true`: an answer from a standby here, rather than none or one from far away. It says how old it is.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderName, HeaderValue, Method, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower::ServiceExt as _;

use super::problem::Problem;
use crate::AppState;

/// How old an answer may be: `fresh`, or `records=12, ms=340`.
const STALENESS: HeaderName = HeaderName::from_static("tillstream-staleness");

const PARAMETER: &str = "stale";

/// The routes once more, over state that may be stale.
#[derive(Clone, Debug)]
pub(super) struct StaleRoutes {
    pub(super) router: Router,
    pub(super) state: AppState,
}

/// Hands reads that ask for it to the routes over stale state, without the parameter.
pub(super) async fn choose(State(stale): State<StaleRoutes>, mut request: Request<Body>, next: Next) -> Response {
    let is_read = request.method() == Method::GET && request.uri().path().starts_with("/v1/");
    let (uri, wanted) = match without_parameter(request.uri()) {
        Some((uri, value)) if is_read => (uri, value),
        _ => return next.run(request).await,
    };
    let wanted = match wanted.as_str() {
        "true" => true,
        "false" => false,
        _ => return Problem::parameter(PARAMETER, "`stale` is true or false").into_response(),
    };
    *request.uri_mut() = uri;
    if !wanted {
        return next.run(request).await;
    }
    // Before reading: what is read then is no older.
    let staleness = stale.state.query().staleness();
    let now = stale.state.now_ms();
    let told = staleness.map_or_else(
        || "fresh".to_owned(),
        |age| format!("records={}, ms={}", age.records, now.saturating_sub(age.as_of_ms).max(0)),
    );
    // What the first routing has noted would be added to what the second one finds.
    request.extensions_mut().clear();
    let mut response = stale.router.oneshot(request).await.unwrap_or_else(|never| match never {});
    if let Ok(told) = HeaderValue::from_str(&told) {
        response.headers_mut().insert(STALENESS, told);
    }
    response
}

/// The address without the parameter, and its value; `None` where it is not given.
fn without_parameter(uri: &Uri) -> Option<(Uri, String)> {
    let parts = || uri.query().unwrap_or_default().split('&');
    let value =
        |part: &str| part.split_once('=').filter(|(name, _)| *name == PARAMETER).map(|(_, value)| value.to_owned());
    let given = parts().find_map(value)?;
    // Given twice, the second stays in the query, where it is refused.
    let place = parts().position(|part| value(part).is_some())?;
    let rest: Vec<&str> = parts().enumerate().filter(|(at, _)| *at != place).map(|(_, part)| part).collect();
    let path = if rest.is_empty() { uri.path().to_owned() } else { format!("{}?{}", uri.path(), rest.join("&")) };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(path).ok()?);
    Some((Uri::from_parts(parts).ok()?, given))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn the_parameter_is_taken_out_once() {
        let taken = |uri: &str| without_parameter(&uri.parse().unwrap()).map(|(uri, value)| (uri.to_string(), value));
        let answer = |uri: &str, value: &str| Some((uri.to_owned(), value.to_owned()));
        assert_eq!(taken("/v1/orders/1?stale=true"), answer("/v1/orders/1", "true"));
        assert_eq!(taken("/v1/orders?limit=1&stale=no&status=x"), answer("/v1/orders?limit=1&status=x", "no"));
        assert_eq!(taken("/v1/orders?stale=true&stale=true"), answer("/v1/orders?stale=true", "true"));
        assert_eq!(taken("/v1/orders?limit=1"), None);
        assert_eq!(taken("/v1/orders"), None);
    }
}
