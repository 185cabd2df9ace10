//! Events come in, all of a request or none.

use axum::http::StatusCode;
use serde_json::json;
use tillstream_runtime::log::TopicPartition;

use super::fixture::Service;

fn payment(n: usize) -> String {
    format!(
        r#"{{"type":"PaymentCompleted","version":1,"eventId":"p-{n}","at":"2010-12-01T08:26:00Z","orderId":"{n}","amount":1,"currency":"GBP"}}"#
    )
}

fn ends(service: &Service, topic: &str) -> Vec<i64> {
    let partitions = [TopicPartition::new(topic, 0), TopicPartition::new(topic, 1)];
    service.log.offsets(&partitions).unwrap().iter().map(|range| range.end).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_is_told_where_it_is() {
    let service = Service::start(&[]);
    let body = format!("[{}]", (0..20).map(payment).collect::<Vec<_>>().join(","));
    let mut seen = vec![0, 0];
    for _ in 0..2 {
        let reply = service.post("/v1/topics/payments/events", "application/json; charset=utf-8", body.clone()).await;
        assert_eq!(reply.status, StatusCode::ACCEPTED, "{}", reply.text());
        let json = reply.json();
        let results = json["results"].as_array().unwrap();
        assert_eq!(results.len(), 20);
        for result in results {
            assert_eq!(result["topic"], "payments");
            let next = &mut seen[usize::try_from(result["partition"].as_u64().unwrap()).unwrap()];
            assert_eq!(result["offset"].as_i64().unwrap(), *next, "offsets follow each other in each partition");
            *next += 1;
        }
    }
    assert_eq!(ends(&service, "payments"), seen);
    assert!(seen.iter().all(|count| *count > 0), "keys spread over the partitions: {seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_event_refuses_the_request_by_name() {
    let service = Service::start(&[]);
    let bad = r#"{"type":"PaymentCompleted","eventId":"p-9","at":"2010-12-01T08:26:00Z","amount":1,"currency":"GBP"}"#;
    let body = format!("{}\n{bad}\n{{\"type\":\"Nonsense\"}}\n{}\nnot json\n", payment(1), payment(2));
    let reply = service.post("/v1/topics/payments/events", "application/x-ndjson", body).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    assert_eq!(reply.header("content-type"), "application/problem+json");
    let problem = reply.json();
    assert_eq!(problem["type"], "urn:tillstream:problem:bad-events");
    assert_eq!(problem["instance"], "/v1/topics/payments/events");
    let errors = problem["errors"].as_array().unwrap();
    let named: Vec<_> = errors.iter().map(|error| (&error["index"], error["class"].as_str().unwrap())).collect();
    assert_eq!(named, [(&json!(1), "missing_field"), (&json!(2), "unknown_type"), (&json!(4), "invalid_json")]);
    assert_eq!(ends(&service, "payments"), [0, 0], "nothing is appended");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_open_topics_take_events() {
    let service = Service::start(&[]);
    for topic in ["nothing", "order-updates", "dead-letters", "tillstream-task-progress", "%2e%2e%2fetc", "a%00b"] {
        let reply = service.post(&format!("/v1/topics/{topic}/events"), "application/json", "[]").await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{topic}: {}", reply.text());
    }
    let reply = service.post("/v1/topics/order/events", "application/json", "[]").await;
    assert!(reply.text().contains("did you mean `orders`?"), "{}", reply.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_of_another_kind_or_size_are_refused() {
    let service = Service::start(&["http.body_limit=1MiB"]);
    let path = "/v1/topics/payments/events";
    let as_text = service.post(path, "text/plain", payment(1)).await;
    assert_eq!((as_text.status, as_text.json()["status"].as_u64()), (StatusCode::UNSUPPORTED_MEDIA_TYPE, Some(415)));
    let large = service.post(path, "application/json", vec![b' '; (1 << 20) + 1]).await;
    assert_eq!((large.status, large.json()["status"].as_u64()), (StatusCode::PAYLOAD_TOO_LARGE, Some(413)));
    for body in ["", "[", "{}", "[]", "\u{0}"] {
        assert_eq!(service.post(path, "application/json", body).await.status, StatusCode::BAD_REQUEST, "{body:?}");
    }
    assert_eq!(service.post(path, "application/x-ndjson", vec![0xff, 0xfe]).await.status, StatusCode::BAD_REQUEST);
}
