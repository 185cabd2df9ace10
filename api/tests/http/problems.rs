//! Every error has one shape.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use super::fixture::{Reply, Service};

fn is_problem(reply: &Reply, status: u16, path: &str) {
    assert_eq!(reply.status.as_u16(), status, "{path}: {}", reply.text());
    assert_eq!(reply.header("content-type"), "application/problem+json", "{path}");
    assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
    let problem = reply.json();
    for field in ["type", "title", "status", "detail", "instance"] {
        assert!(problem.get(field).is_some_and(|value| value != ""), "{path}: no {field} in {problem}");
    }
    assert_eq!(problem["status"], status, "{path}");
    assert!(problem["type"].as_str().unwrap().starts_with("urn:tillstream:problem:"), "{path}");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_errors_are_problems() {
    let service = Service::start(&[]);
    for (path, status) in [
        ("/nothing", 404),
        ("/v1/order", 404),
        ("/v1/metrics/turnover", 404),
        ("/v1/orders/a%ffb", 400),
        ("/v1/../../etc/passwd", 404),
        ("/v1/%2e%2e/%2e%2e/etc/passwd", 404),
        ("/v1/orders/..%2f..%2fetc", 404),
        ("/v1/dead-letters/x/1", 400),
        ("/v1/dead-letters/0/99", 404),
        ("/v1/dead-letters/-1/0", 400),
        ("/v1/metrics/orders?granularity=week", 400),
        ("/v1/metrics/orders?granularity=minute&by=product", 400),
        ("/v1/metrics/revenue?from=yesterday", 400),
        ("/v1/metrics/revenue?from=2011-01-01&to=2010-01-01", 400),
        ("/v1/metrics/revenue?currency=gbp", 400),
        ("/v1/metrics/revenue?after=!", 400),
        ("/v1/orders?status=lost", 400),
        ("/v1/products/top?window=1", 400),
        ("/v1/products/top?limit=0", 400),
        ("/v1/stock?low=few", 400),
        ("/v1/topology?format=svg", 400),
        ("/livez?verbose=1", 400),
    ] {
        is_problem(&service.get(path).await, status, path);
    }
    let delete = Request::delete("/v1/orders").body(Body::empty()).unwrap();
    let reply = service.send(delete).await;
    is_problem(&reply, 405, "DELETE");
    assert!(reply.header("allow").contains("GET"), "{:?}", reply.headers);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_refuses_parameters_it_does_not_know() {
    let service = Service::start(&[]);
    for (path, item) in &tillstream_api::openapi().paths.paths {
        let path = path
            .replace("{partition}", "0")
            .replace("{offset}", "0")
            .replace("{name}", "orders")
            .replace(['{', '}'], "");
        if item.get.is_none() {
            continue;
        }
        let reply = service.get(&format!("{path}?nosuch=1")).await;
        is_problem(&reply, 400, &path);
        assert_eq!(reply.json()["field"], "nosuch", "{path}");
    }
    let reply = service.get("/v1/metrics/orders?granularty=day").await;
    assert!(reply.text().contains("did you mean `granularity`?"), "{}", reply.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_have_an_id_of_their_own_or_the_clients() {
    let service = Service::start(&[]);
    let first = service.get("/livez").await;
    assert_eq!(first.status, StatusCode::OK);
    assert_ne!(first.header("x-request-id"), service.get("/livez").await.header("x-request-id"));
    let named = |id: &str| Request::get("/livez").header("x-request-id", id).body(Body::empty()).unwrap();
    assert_eq!(service.send(named("abc-1")).await.header("x-request-id"), "abc-1");
    let long = "x".repeat(65);
    for foreign in ["a b", long.as_str(), "<script>"] {
        assert_ne!(service.send(named(foreign)).await.header("x-request-id"), foreign);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn large_answers_are_packed_when_the_client_can_unpack() {
    let service = Service::start(&[]);
    let request = Request::get("/openapi.json").header("accept-encoding", "gzip").body(Body::empty()).unwrap();
    let packed = service.send(request).await;
    assert_eq!((packed.status, packed.header("content-encoding")), (StatusCode::OK, "gzip"));
    assert!(packed.bytes.len() < service.get("/openapi.json").await.bytes.len() / 2);
}
