//! Recommendations that learn while the shop sells, on the real binary and real sales.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::binary::{Service, slice_of_sales, tillstream};

/// Rows of the slice: a month.
const ROWS: usize = 40_000;
/// A customer who buys often in it.
const CUSTOMER: &str = "15311";

#[test]
fn a_purchase_changes_the_list_within_a_second_explains_itself_and_survives_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let sales = slice_of_sales(dir.path(), ROWS);
    let data = dir.path().join("data");
    let demo = ["demo", "--once", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()];
    let output = tillstream(&demo).args(["--source", sales.to_str().unwrap()]).output().unwrap();
    assert!(output.status.success());
    let totals: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(totals["recommended"]["items"].as_array().map(Vec::len), Some(3), "{totals}");

    let settings = format!("application.data_dir={}", data.display());
    let never = "recommendations.refresh_interval=7 d";
    let run = ["run", "--set", &settings, "--set", "application.replay=true", "--set", never];
    let service = Service::start(&run);
    let before = list(&service);
    let bought = before["items"][0]["productId"].as_str().unwrap().to_owned();
    let begin = Instant::now();
    buy(&service, CUSTOMER, &bought, before["asOf"].as_str().unwrap());
    let after = loop {
        let now = list(&service);
        if ids(&now) != ids(&before) {
            break now;
        }
        assert!(begin.elapsed() < Duration::from_secs(10), "the list has not changed: {now}");
        std::thread::park_timeout(Duration::from_millis(10));
    };
    println!("the list changed {} ms after the purchase was sent", begin.elapsed().as_millis());
    assert!(begin.elapsed() < Duration::from_secs(1), "{:?}", begin.elapsed());
    assert!(!ids(&after).contains(&bought), "what was bought is not recommended: {after}");
    assert_eq!(after["model"], before["model"], "by the same model");
    a_newcomers_first_purchase_is_the_reason(&service, &bought, before["asOf"].as_str().unwrap());
    assert!(service.stop(), "the service must stop by itself within ten seconds");
    let service = Service::start(&run);
    let deadline = Instant::now() + Duration::from_secs(20);
    while list(&service)["model"].is_null() {
        assert!(Instant::now() < deadline, "no model after a restart");
        std::thread::park_timeout(Duration::from_millis(20));
    }
    let again = list(&service);
    assert_eq!((ids(&again), &again["model"]), (ids(&after), &after["model"]), "the same model, the same list");
}

fn list(service: &Service) -> Value {
    list_of(service, CUSTOMER)
}

fn list_of(service: &Service, customer: &str) -> Value {
    service.get(&format!("/v1/recommendations?userId={customer}&limit=10&explain=true"))
}

/// Somebody nobody has heard of gets what is trending; once she has bought something, that is why.
fn a_newcomers_first_purchase_is_the_reason(service: &Service, product: &str, at: &str) {
    let stranger = list_of(service, "newcomer");
    assert_eq!(stranger["fallback"], "trending", "{stranger}");
    let begin = Instant::now();
    buy(service, "newcomer", product, at);
    let own = loop {
        let own = list_of(service, "newcomer");
        if own["fallback"].is_null() {
            break own;
        }
        assert!(begin.elapsed() < Duration::from_secs(10), "no list of her own: {own}");
        std::thread::park_timeout(Duration::from_millis(10));
    };
    for item in own["items"].as_array().unwrap() {
        let because = item["reason"]["because"].as_array().unwrap();
        assert!(because.iter().all(|why| why["productId"] == *product && why["bought"] == true), "{item}");
    }
    let first = &own["items"][0]["reason"];
    assert!(first["because"].as_array().is_some_and(|why| !why.is_empty()), "{own}");
}

fn ids(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().unwrap().iter();
    items.map(|item| item["productId"].as_str().unwrap().to_owned()).collect()
}

/// One confirmed order of the customer, with the service's own clock as its time.
fn buy(service: &Service, customer: &str, product: &str, at: &str) {
    let order = json!({"type": "OrderPlaced", "version": 1, "eventId": format!("o-{customer}"), "at": at,
        "orderId": format!("new-{customer}"), "userId": customer, "country": "GB", "currency": "GBP", "total": 20,
        "items": [{"productId": product, "name": "NEW", "category": "new", "quantity": 10, "unitPrice": 2}]});
    let reserved = json!({"type": "InventoryReserved", "version": 1, "eventId": format!("i-{customer}"), "at": at,
        "orderId": format!("new-{customer}"),
        "items": [{"productId": product, "quantity": 10}]});
    let paid = json!({"type": "PaymentCompleted", "version": 1, "eventId": format!("p-{customer}"), "at": at,
        "orderId": format!("new-{customer}"), "paymentId": "pay-new", "amount": 20, "currency": "GBP"});
    for (topic, event) in [("orders", &order), ("inventory", &reserved), ("payments", &paid)] {
        let (status, answer) = service.post(&format!("/v1/topics/{topic}/events"), &json!([event]).to_string());
        assert_eq!(status, 202, "{answer}");
    }
}
