//! Answers from state: orders, metrics, products, stock, stores.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use super::fixture::Service;

#[tokio::test(flavor = "multi_thread")]
async fn orders_metrics_products_stock_and_stores_tell_one_story() {
    let service = Service::with_history().await;
    an_order_shows_its_legs(&service).await;
    orders_are_listed_by_page_and_filter(&service).await;
    metrics_are_exact_and_by_currency(&service).await;
    points_come_in_pages(&service).await;
    products_are_ranked_and_paired(&service).await;
    stock_is_told(&service).await;
    any_store_can_be_asked(&service).await;
}

async fn an_order_shows_its_legs(service: &Service) {
    let reply = service.get("/v1/orders/1").await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let position = reply.header("tillstream-position");
    assert!(position.contains("orders:") && !position.contains("repartition"), "{position}");
    let order = reply.json();
    assert_eq!(order["status"], "confirmed");
    assert_eq!(
        (&order["userId"], &order["currency"], &order["total"]),
        (&json!("u1"), &json!("GBP"), &json!("15.301"))
    );
    assert_eq!(order["placedAt"], "2010-12-01T08:56:00.000Z");
    assert_eq!(order["legs"]["inventory"]["at"], "2010-12-01T08:56:01.000Z");
    assert_eq!(
        order["legs"]["payment"],
        json!({"state": "succeeded", "at": "2010-12-01T08:56:02.000Z", "paymentId": "pay-1",
        "amount": "15.301", "currency": "GBP", "refunded": "0.00", "refundedAt": null})
    );
    assert_eq!(order["items"][1]["unitPrice"], "0.001");
    assert!(order["asOf"].as_str().unwrap() >= "2010-12-01T09:20:00.000Z", "{order}");
    let cancelled = service.get("/v1/orders/3").await.json();
    assert_eq!((&cancelled["status"], &cancelled["reason"]), (&json!("cancelled"), &json!("out of stock")));
    assert_eq!(cancelled["compensations"].as_array().unwrap().len(), 1);
    assert_eq!(cancelled["compensations"][0]["leg"], "payment");
    assert_eq!(service.get("/v1/orders/none").await.status, StatusCode::NOT_FOUND);
}

async fn orders_are_listed_by_page_and_filter(service: &Service) {
    let ids = |page: &Value| -> Vec<String> {
        page["items"].as_array().unwrap().iter().map(|order| order["orderId"].as_str().unwrap().to_owned()).collect()
    };
    let first = service.get("/v1/orders?limit=2").await.json();
    assert_eq!(ids(&first), ["1", "2"]);
    let second = service.get(&format!("/v1/orders?limit=2&after={}", first["next"].as_str().unwrap())).await.json();
    assert_eq!((ids(&second), second.get("next")), (vec!["3".to_owned()], None));
    assert_eq!(ids(&service.get("/v1/orders?status=cancelled").await.json()), ["3"]);
    assert_eq!(ids(&service.get("/v1/orders?userId=u1").await.json()), ["1", "3"]);
}

async fn metrics_are_exact_and_by_currency(service: &Service) {
    let gross = service.get("/v1/metrics/gross-revenue?granularity=month").await.json();
    assert_eq!((&gross["metric"], &gross["granularity"]), (&json!("gross-revenue"), &json!("month")));
    let month =
        json!({"start": "2010-12-01T00:00:00.000Z", "end": "2011-01-01T00:00:00.000Z", "key": null, "final": false});
    let point = |currency: &str, value: &str| {
        let mut point = month.clone();
        point["currency"] = json!(currency);
        point["value"] = json!(value);
        point
    };
    assert_eq!(gross["points"], json!([point("EUR", "6.00"), point("GBP", "15.301")]));
    let orders = service.get("/v1/metrics/orders?granularity=hour").await.json();
    let counts: Vec<_> =
        orders["points"].as_array().unwrap().iter().map(|point| point["value"].as_i64().unwrap()).collect();
    assert_eq!(counts, [1, 1]);
    let units = service.get("/v1/metrics/units?granularity=day&by=category&currency=GBP").await.json();
    let by: Vec<_> =
        units["points"].as_array().unwrap().iter().map(|p| (p["key"].as_str().unwrap(), &p["value"])).collect();
    assert_eq!(by, [("kitchen", &json!(1)), ("lighting", &json!(6))]);
    let status = service.get("/v1/metrics/orders?by=status").await.json();
    let by: Vec<_> =
        status["points"].as_array().unwrap().iter().map(|p| (p["key"].as_str().unwrap(), &p["value"])).collect();
    assert!(by.contains(&("confirmed", &json!(2))) && by.contains(&("cancelled", &json!(1))), "{status}");
    let before =
        service.get("/v1/metrics/revenue?granularity=hour&from=2010-12-01T09:00:00Z&to=2010-12-01T09:00:00Z").await;
    assert_eq!(before.json()["points"], json!([]));
    let half_open = service.get("/v1/metrics/revenue?granularity=hour&from=2010-12-01&to=2010-12-01T09:00:00Z").await;
    assert_eq!(half_open.json()["points"].as_array().unwrap().len(), 1);
}

async fn points_come_in_pages(service: &Service) {
    let mut path = "/v1/metrics/gross-revenue?granularity=day&by=product&limit=1".to_owned();
    let mut values = Vec::new();
    loop {
        let page = service.get(&path).await.json();
        values.extend(page["points"].as_array().unwrap().iter().map(|p| p["value"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/v1/metrics/gross-revenue?granularity=day&by=product&limit=1&after={next}");
    }
    assert_eq!(values, ["6.00", "15.30", "0.001"]);
}

async fn products_are_ranked_and_paired(service: &Service) {
    let top = service.get("/v1/products/top?window=24h&by=units").await.json();
    let first = &top["items"][0];
    assert_eq!((&first["productId"], &first["name"], &first["units"]), (&json!("10001"), &json!("LAMP"), &json!(8)));
    let kitchen = service.get("/v1/products/top?by=revenue&category=kitchen&currency=GBP").await.json();
    assert_eq!(kitchen["items"][0]["revenue"], "0.001");
    let together = service.get("/v1/products/10001/bought-together?limit=5").await.json();
    assert_eq!(together["items"][0]["productId"], "10002");
    assert_eq!((&together["items"][0]["name"], &together["items"][0]["count"]), (&json!("CUP"), &json!(1)));
    // One basket of both, two of the one, one of the other: 1 / sqrt(2 * 1).
    assert!((together["items"][0]["score"].as_f64().unwrap() - 0.5_f64.sqrt()).abs() < 1e-12);
    assert_eq!(service.get("/v1/products/99999/bought-together").await.status, StatusCode::NOT_FOUND);
}

async fn stock_is_told(service: &Service) {
    let stock = service.get("/v1/stock/10001").await.json();
    assert_eq!((&stock["level"], &stock["adjustments"]), (&json!(34), &json!(1)));
    assert_eq!(service.get("/v1/stock?low=34").await.json()["items"], json!([]));
    assert_eq!(service.get("/v1/stock?low=35").await.json()["items"][0]["productId"], "10001");
}

async fn any_store_can_be_asked(service: &Service) {
    let stores = service.get("/v1/stores").await.json();
    let kinds: Vec<_> = stores["stores"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| (s["name"].as_str().unwrap(), s["kind"].as_str().unwrap()))
        .collect();
    assert!(kinds.contains(&("orders", "keyValue")) && kinds.contains(&("revenue-by-hour", "window")), "{kinds:?}");
    let row = service.get("/v1/stores/orders/1").await.json();
    assert_eq!(row["value"]["saga"]["status"], "confirmed", "{row}");
    let windows = service.get("/v1/stores/revenue-by-hour/GBP?from=2010-12-01&to=2010-12-02").await.json();
    assert_eq!(windows["windows"][0]["start"], "2010-12-01T08:00:00.000Z", "{windows}");
    assert_eq!(windows["windows"][0]["value"]["gross"], "15.301", "{windows}");
    assert_eq!(windows["key"], json!({"currency": "GBP", "value": ""}));
    let wrong = service.get("/v1/stores/revenue-by-hour/pounds").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert!(wrong.text().contains("GBP:lighting"), "{}", wrong.text());
    let known = service.get("/v1/stores/co-purchase-products/10001").await.json();
    assert_eq!(known["value"]["baskets"], 2, "{known}");
    assert_eq!(service.get("/v1/stores/orders/none").await.status, StatusCode::NOT_FOUND);
    let unknown = service.get("/v1/stores/order/1").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert!(unknown.text().contains("did you mean `orders`?"), "{}", unknown.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn final_windows_can_be_kept_and_are_not_sent_twice() {
    let service = Service::with_history().await;
    // Ten days later the first of December is closed for good, in every partition.
    let later: String = (0..8)
        .map(|n| {
            format!(
                r#"{{"type":"OrderPlaced","version":1,"eventId":"l-{n}","at":"2010-12-01T09:29:00Z","orderId":"l{n}","userId":"u","currency":"GBP","items":[{{"productId":"1","quantity":1,"unitPrice":1}}]}}
{{"type":"OrderPlaced","version":1,"eventId":"m-{n}","at":"2010-12-01T09:38:00Z","orderId":"l{n}","userId":"u","currency":"GBP","items":[{{"productId":"1","quantity":1,"unitPrice":1}}]}}
"#
            )
        })
        .collect();
    assert_eq!(
        service.post("/v1/topics/orders/events", "application/x-ndjson", later).await.status,
        StatusCode::ACCEPTED
    );
    service.settle();
    let open = service.get("/v1/metrics/gross-revenue?granularity=hour&to=2010-12-01T10:00:00Z").await;
    assert_eq!((open.header("cache-control"), open.header("etag")), ("no-cache", ""));
    // 07:00 to 08:00 ended more than the grace of one hour before 09:38.
    let path = "/v1/metrics/gross-revenue?granularity=hour&to=2010-12-01T08:00:00Z";
    let closed = service.get(path).await;
    assert!(closed.header("cache-control").contains("immutable"), "{:?} {}", closed.headers, closed.text());
    let again = Request::get(path).header("if-none-match", closed.header("etag")).body(Body::empty()).unwrap();
    let again = service.send(again).await;
    assert_eq!((again.status, again.bytes.len()), (StatusCode::NOT_MODIFIED, 0));
}
