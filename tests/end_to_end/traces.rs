//! An order is followed from the request through the tasks, and shown at the terminal.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::binary::{Service, tillstream};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

fn events() -> [(&'static str, Value); 3] {
    let at = "2026-01-05T10:00:00Z";
    let item =
        |name| json!({"productId": name, "name": "HEART", "category": "lighting", "quantity": 6, "unitPrice": 2.55});
    [
        (
            "orders",
            json!({"type": "OrderPlaced", "version": 1, "eventId": "o-1", "at": at, "orderId": "A-1", "userId": "15311",
            "country": "GB", "currency": "GBP", "total": 30.60, "items": [item("85123A"), item("85123B")]}),
        ),
        (
            "inventory",
            json!({"type": "InventoryReserved", "version": 1, "eventId": "i-1", "at": at, "orderId": "A-1",
            "items": [{"productId": "85123A", "quantity": 6}]}),
        ),
        (
            "payments",
            json!({"type": "PaymentCompleted", "version": 1, "eventId": "p-1", "at": at, "orderId": "A-1",
            "paymentId": "pay-1", "amount": 30.60, "currency": "GBP"}),
        ),
    ]
}

/// Sends the events one after another, in one trace.
fn order(service: &Service) {
    for (topic, event) in events() {
        let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
        let (status, answered) =
            service.post_traced(&format!("/v1/topics/{topic}/events"), &json!([event]).to_string(), &parent);
        assert_eq!(status, 202);
        assert!(answered.is_some_and(|answered| answered.starts_with(&format!("00-{TRACE}-"))));
    }
}

/// The spans above one, itself included, the first first.
fn way<'a>(spans: &'a [Value], last: &'a Value) -> Vec<&'a str> {
    let mut way = vec![last["name"].as_str().unwrap()];
    let mut next = &last["parentId"];
    while let Some(span) = spans.iter().find(|span| span["spanId"] == *next) {
        way.push(span["name"].as_str().unwrap());
        next = &span["parentId"];
    }
    assert_eq!(*next, "00f067aa0ba902b7", "it begins at the client");
    way.reverse();
    way
}

#[test]
fn an_order_is_followed_from_the_request_through_two_tasks() {
    let dir = tempfile::tempdir().unwrap();
    let settings = format!("application.data_dir={}", dir.path().join("data").display());
    let service = Service::start(&["run", "--set", settings.as_str(), "--set", "application.replay=true"]);
    order(&service);
    let history = "receive tillstream-purchases-repartition";
    let deadline = Instant::now() + Duration::from_secs(30);
    let trace = loop {
        let trace = service.get(&format!("/v1/traces/{TRACE}"));
        if trace["spans"].as_array().unwrap().iter().any(|span| span["name"] == history) {
            break trace;
        }
        assert!(Instant::now() < deadline, "{trace:#}");
        std::thread::park_timeout(Duration::from_millis(20));
    };
    let spans = trace["spans"].as_array().unwrap();
    let last = spans.iter().find(|span| span["name"] == history).unwrap();
    let way = way(spans, last);
    assert_eq!(way.len(), 5, "{way:?}");
    assert_eq!(way[0], "POST /v1/topics/{topic}/events");
    assert!(way[1].starts_with("receive ") && way[2].starts_with("process sub-topology "), "{way:?}");
    assert_eq!(way[3..], ["send tillstream-purchases-repartition", history]);
    let tasks: std::collections::BTreeSet<_> =
        spans.iter().filter_map(|span| span["attributes"]["tillstream.task"].as_str()).collect();
    assert!(tasks.len() >= 2, "{tasks:?}");
    let printed = tillstream(&["trace", TRACE, "--url", service.url()]).output().unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap();
    assert!(
        printed.lines().count() >= spans.len() && printed.contains(" ms  ") && printed.contains(history),
        "{printed}"
    );
    let listed = tillstream(&["trace", "--url", service.url()]).output().unwrap();
    assert!(String::from_utf8(listed.stdout).unwrap().contains(TRACE));
}

#[cfg(not(feature = "otel"))]
#[test]
fn a_build_that_cannot_send_spans_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let settings = format!("application.data_dir={}", dir.path().join("data").display());
    let endpoint = "tracing.otlp_endpoint=http://127.0.0.1:4318/v1/traces";
    let mut command = tillstream(&["run", "--set", settings.as_str(), "--set", endpoint, "--listen", "127.0.0.1:0"]);
    let output = command.stderr(std::process::Stdio::piped()).output().unwrap();
    assert!(!output.status.success());
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("--features otel"), "{told}");
}
