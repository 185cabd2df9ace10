//! What a request's trace becomes.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use tillstream_runtime::log::TopicPartition;
use tillstream_stores::Headers;

use super::fixture::{Reply, Service};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

const ORDER: &str = r#"[{"type":"OrderPlaced","version":1,"eventId":"o-1","at":"2010-12-01T08:56:00Z","orderId":"1","userId":"15311",
    "country":"GB","currency":"GBP","items":[{"productId":"10001","name":"LAMP","category":"lighting","quantity":6,"unitPrice":2.55}]}]"#;

async fn post(service: &Service, headers: &[(&str, &str)]) -> Reply {
    let mut request = Request::post("/v1/topics/orders/events").header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let reply = service.send(request.body(Body::from(ORDER)).unwrap()).await;
    assert_eq!(reply.status, StatusCode::ACCEPTED, "{}", reply.text());
    reply
}

/// Headers of the first record of the orders.
fn record_headers(service: &Service) -> Headers {
    let mut reader = service.log.reader().unwrap();
    for partition in 0..2 {
        reader.assign(&TopicPartition::new("orders", partition), 0).unwrap();
    }
    let fetched = reader.poll(Duration::from_secs(5)).unwrap();
    fetched.into_iter().flat_map(|part| part.records).next().unwrap().headers
}

fn header(headers: &Headers, name: &str) -> String {
    headers.get(name).map(|value| String::from_utf8_lossy(value).into_owned()).unwrap_or_default()
}

/// All spans of the trace, once `done` with them.
async fn spans_when(service: &Service, done: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    for _ in 0..2_000 {
        let reply = service.get(&format!("/v1/traces/{TRACE}")).await;
        if reply.status == StatusCode::OK {
            let spans = reply.json()["spans"].as_array().unwrap().clone();
            if done(&spans) {
                return spans;
            }
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{}", service.get(&format!("/v1/traces/{TRACE}")).await.text());
}

fn name(span: &Value) -> &str {
    span["name"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_a_trace_is_followed_into_the_tasks() {
    let service = Service::start(&[]);
    let reply = post(&service, &[("traceparent", PARENT), ("tracestate", "a=1"), ("tracestate", "b=2")]).await;
    let answered = reply.header("traceparent").to_owned();
    assert!(answered.starts_with(&PARENT[..36]) && answered.ends_with("-01") && answered != PARENT, "{answered}");
    let headers = record_headers(&service);
    assert_eq!(
        (header(&headers, "traceparent"), header(&headers, "tracestate")),
        (answered.clone(), "a=1,b=2".to_owned())
    );
    let second_task = |spans: &[Value]| spans.iter().any(|span| name(span).starts_with("receive tillstream-"));
    let spans = spans_when(&service, second_task).await;
    let server = spans.iter().find(|span| span["kind"] == "server").unwrap();
    assert_eq!((&server["spanId"], &server["parentId"]), (&json!(&answered[36..52]), &json!("00f067aa0ba902b7")));
    assert_eq!(server["attributes"]["messaging.kafka.offset"], 0);
    let received = spans.iter().find(|span| name(span) == "receive orders").unwrap();
    assert_eq!(received["parentId"], server["spanId"]);
    let traces = service.get("/v1/traces?limit=5").await.json();
    assert_eq!(traces["traces"][0]["traceId"], TRACE);
    assert!(traces["traces"][0]["spans"].as_u64().unwrap() >= spans.len() as u64, "{traces}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_of_the_requests_begins_a_trace() {
    let service = Service::start(&["tracing.sample_ratio=1.0"]);
    let first = post(&service, &[]).await.header("traceparent").to_owned();
    assert!(first.ends_with("-01"), "{first}");
    let again =
        post(&service, &[("traceparent", "junk"), ("tracestate", "a=1")]).await.header("traceparent").to_owned();
    assert_eq!(first[..35], again[..35], "the same event begins the same trace");
    assert_eq!(header(&record_headers(&service), "tracestate"), "");
    let never = Service::start(&["tracing.sample_ratio=0.0"]);
    assert_eq!(post(&never, &[]).await.header("traceparent"), "");
    assert!(record_headers(&never).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_followed_travels_untouched() {
    let service = Service::start(&["tracing.keep_spans=0", "tracing.sample_ratio=1.0"]);
    let later = "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-later";
    assert_eq!(post(&service, &[("traceparent", later)]).await.header("traceparent"), "");
    assert_eq!(header(&record_headers(&service), "traceparent"), later);
    let unknown = service.get(&format!("/v1/traces/{TRACE}")).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert!(unknown.text().contains("tracing.keep_spans is 0"), "{}", unknown.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_traces_and_what_is_no_id_are_problems_with_advice() {
    let service = Service::start(&[]);
    let unknown = service.get(&format!("/v1/traces/{TRACE}")).await;
    assert_eq!((unknown.status, unknown.header("content-type")), (StatusCode::NOT_FOUND, "application/problem+json"));
    assert!(unknown.text().contains("tracing.keep_spans"), "{}", unknown.text());
    let no_id = service.get("/v1/traces/o-1").await;
    assert_eq!((no_id.status, no_id.json()["field"].as_str()), (StatusCode::BAD_REQUEST, Some("traceId")));
    assert_eq!(service.get("/v1/traces").await.json(), json!({"traces": []}));
    assert_eq!(service.get("/v1/traces?minDurationMs=-1").await.status, StatusCode::BAD_REQUEST);
}
