//! Refused records: listed, shown, put back.

use axum::http::StatusCode;
use serde_json::{Value, json};
use tillstream_runtime::log::Append;
use tillstream_stores::Headers;

use super::fixture::Service;

const GOOD: &str = r#"{"type":"PaymentCompleted","version":1,"eventId":"p-1","at":"2010-12-01T08:26:00Z","orderId":"7","amount":1,"currency":"GBP"}"#;

/// Appends values to `payments` past the checks of the ingest, as another producer would.
fn append(service: &Service, values: &[&[u8]]) {
    let mut writer = service.log.writer("another-producer").unwrap();
    let topic = "payments".into();
    for value in values {
        let record = Append {
            topic: &topic,
            partition: 1,
            key: Some(b"7"),
            value: Some(value),
            timestamp: 1_291_191_960_000,
            headers: &Headers::default(),
        };
        writer.append(record).unwrap();
    }
    writer.commit().unwrap();
    service.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_records_are_listed_newest_first_and_can_be_put_back() {
    let service = Service::start(&[]);
    append(&service, &[b"{broken", GOOD.as_bytes(), b"\xff\xfe", b"{\"type\":\"Later\"}"]);
    let page = service.get("/v1/dead-letters?limit=2").await.json();
    assert_eq!(page["total"], 3, "{page}");
    let classes = |page: &Value| -> Vec<String> {
        page["items"].as_array().unwrap().iter().map(|item| item["class"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(classes(&page).len(), 2);
    let rest = service.get(&format!("/v1/dead-letters?limit=2&after={}", page["next"].as_str().unwrap())).await.json();
    assert_eq!((classes(&rest).len(), rest["next"].as_str()), (1, None));
    let oldest = &rest["items"][0];
    assert_eq!(oldest["from"], json!({"topic": "payments", "partition": 1, "offset": 0}));
    assert_eq!((&oldest["value"], &oldest["key"]), (&json!({"text": "{broken"}), &json!({"text": "7"})));
    let place = format!("/v1/dead-letters/{}/{}", oldest["partition"], oldest["offset"]);
    assert_eq!(service.get(&place).await.json(), *oldest);

    let reply = service.post(&format!("{place}/replay"), "application/json", "").await;
    assert_eq!(reply.status, StatusCode::ACCEPTED, "{}", reply.text());
    assert_eq!(reply.json(), json!({"topic": "payments", "partition": 1, "offset": 4}));
    service.settle();
    let again = service.get("/v1/dead-letters").await.json();
    assert_eq!(again["total"], 4, "still broken, it is refused again");
    assert_eq!(again["items"][0]["from"]["offset"], 4);
    let ledger = service.get("/v1/ledger").await.json();
    assert_eq!(
        (&ledger["topics"]["payments"]["consumed"], &ledger["topics"]["payments"]["dead"]),
        (&json!(5), &json!(4))
    );
}
