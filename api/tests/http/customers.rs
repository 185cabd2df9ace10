//! Customers and segments, and the forecast of stock, over HTTP.

use axum::http::StatusCode;
use serde_json::{Value, json};
use tillstream_models::events::Currency;
use tillstream_models::segments::{Buyer, SegmentCard, SegmentModel, SegmentParams};

use super::fixture::Service;

/// Segments of two kinds of customers.
fn model() -> SegmentModel {
    let buyer = |recency_days, orders, spent| Buyer { currency: Currency::GBP, recency_days, orders, spent };
    let buyers = [vec![buyer(1.0, 20.0, 5_000.0); 20], vec![buyer(0.5, 1.0, 15.0); 20]].concat();
    let card = SegmentCard { version: 1, trained_at_ms: 0, as_of_ms: 0, customers: 40, usual_gap_days: 30.0 };
    SegmentModel { card, segments: SegmentParams::default().fit(&buyers).unwrap() }
}

#[tokio::test]
async fn a_customer_is_what_she_bought_and_kept() {
    let service = Service::with_history().await;
    let reply = service.get("/v1/customers/u1").await;
    assert_eq!(reply.header("cache-control"), "private, no-cache");
    let customer = reply.json();
    assert_eq!((&customer["orders"], &customer["returns"]), (&json!(1), &json!(0)), "one is cancelled: {customer}");
    let monetary = json!([{"amount": "15.301", "grossRevenue": "15.301", "refunds": "0.00", "currency": "GBP"}]);
    assert_eq!(customer["monetary"], monetary);
    assert_eq!(
        (&customer["firstSeen"], &customer["lastPurchase"]),
        (&json!("2010-12-01T08:56:00.000Z"), &json!("2010-12-01T08:56:00.000Z"))
    );
    assert_eq!((&customer["segment"], &customer["churn"]["expectedGapDays"]), (&Value::Null, &json!(60.0)));
    let unknown = service.get("/v1/customers/nobody").await;
    assert_eq!(
        (unknown.status, &unknown.json()["detail"]),
        (StatusCode::NOT_FOUND, &json!("customer nobody never bought anything"))
    );
    assert_eq!(service.get("/v1/segments").await.json()["items"], json!([]));
    service.answers().serve_segments(model());
    assert_eq!(service.get("/v1/customers/u1").await.json()["churn"]["expectedGapDays"], 30.0);
    let all = service.get("/v1/segments").await.json();
    let customers: u64 =
        all["items"].as_array().unwrap().iter().map(|segment| segment["customers"].as_u64().unwrap()).sum();
    assert_eq!((customers, &all["customers"], &all["model"]["version"]), (2, &json!(2), &json!(1)), "{all}");
    lists_are_bounded_and_strict(&service).await;
}

async fn lists_are_bounded_and_strict(service: &Service) {
    let ids = |page: &Value| -> Vec<String> {
        page["items"].as_array().unwrap().iter().map(|item| item["userId"].as_str().unwrap().to_owned()).collect()
    };
    let first = service.get("/v1/customers?limit=1").await.json();
    let next = service.get(&format!("/v1/customers?limit=1&after={}", first["next"].as_str().unwrap())).await.json();
    assert_eq!([ids(&first), ids(&next)].concat(), ["u1", "u2"]);
    // u1 bought earlier: she is further overdue.
    assert_eq!(ids(&service.get("/v1/customers?sort=churn_risk").await.json()), ["u1", "u2"]);
    assert_eq!(ids(&service.get("/v1/customers?sort=churn_risk&limit=1").await.json()), ["u1"]);
    let segment = service.get("/v1/customers/u1").await.json()["segment"].as_str().unwrap().to_owned();
    let own = service.get(&format!("/v1/customers?segment={segment}")).await.json();
    assert!(ids(&own).contains(&"u1".to_owned()));
    for (query, parameter) in [
        ("segment=chumps", "segment"),
        ("sort=risk", "sort"),
        ("limit=1001", "limit"),
        ("sort=churn_risk&after=dTE", "after"),
        ("churn=1", "churn"),
    ] {
        let reply = service.get(&format!("/v1/customers?{query}")).await;
        assert_eq!(
            (reply.status, &reply.json()["field"]),
            (StatusCode::BAD_REQUEST, &json!(parameter)),
            "{}",
            reply.text()
        );
    }
}

#[tokio::test]
async fn what_runs_out_is_told_with_its_days() {
    let service = Service::with_history().await;
    assert_eq!(service.get("/v1/stock/10001").await.json()["forecast"], Value::Null, "one sale tells nothing");
    let sale = |day: u32| {
        json!({"type": "StockAdjusted", "version": 1, "eventId": format!("sale-{day}"), "productId": "10001", "delta": -2,
            "cause": "sale", "at": format!("2010-12-{day:02}T12:00:00Z")})
    };
    let sales: Vec<Value> = (2..=9).map(sale).collect();
    let reply = service.post("/v1/topics/inventory/events", "application/json", json!(sales).to_string()).await;
    assert_eq!(reply.status, StatusCode::ACCEPTED, "{}", reply.text());
    service.settle();
    let stock = service.get("/v1/stock/10001").await.json();
    assert_eq!(stock["level"], 18);
    let (rate, days) =
        (stock["forecast"]["unitsPerDay"].as_f64().unwrap(), stock["forecast"]["daysLeft"].as_f64().unwrap());
    assert!((2.0..3.5).contains(&rate) && (days - 18.0 / rate).abs() < 1e-9, "{stock}");
    let outs = service.get("/v1/stock/forecast?within=9d&limit=5").await.json();
    assert_eq!(
        (outs["items"][0]["productId"].as_str(), outs["items"].as_array().map(Vec::len)),
        (Some("10001"), Some(1))
    );
    assert_eq!(service.get("/v1/stock/forecast?within=1d").await.json()["items"], json!([]));
    assert_eq!(service.get("/v1/stock/forecast?within=never").await.status, StatusCode::BAD_REQUEST);
}
