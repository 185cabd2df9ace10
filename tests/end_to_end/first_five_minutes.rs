//! What a newcomer does: replay, look, order something, stop, start again.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::binary::{Service, slice_of_sales, tillstream};

/// Rows of the slice.
const ROWS: usize = 20_000;

#[test]
fn totals_of_a_slice_equal_those_of_the_csv() {
    let dir = tempfile::tempdir().unwrap();
    let sales = slice_of_sales(dir.path(), ROWS);
    let data = dir.path().join("data");
    let arguments = ["demo", "--once", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()];
    let output = tillstream(&arguments).args(["--source", sales.to_str().unwrap()]).output().unwrap();
    assert!(output.status.success());
    let totals: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let (gross, refunds) = totals_of(&sales);
    assert_eq!(decimal(totals["grossRevenue"].as_str().unwrap()), gross);
    assert_eq!(decimal(totals["refunds"].as_str().unwrap()), refunds);
}

#[test]
fn an_order_sent_over_http_is_confirmed_counted_once_and_survives_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let settings = format!("application.data_dir={}", data.display());
    let arguments = ["run", "--set", settings.as_str(), "--set", "application.replay=true"];
    let service = Service::start(&arguments);
    let at = "2026-01-05T10:00:00Z";
    let order = json!({"type": "OrderPlaced", "version": 1, "eventId": "o-1", "at": at, "orderId": "A-1", "userId": "u-1",
        "country": "GB", "currency": "GBP", "total": 15.30,
        "items": [{"productId": "85123A", "name": "HEART", "category": "lighting", "quantity": 6, "unitPrice": 2.55}]});
    let reserved = json!({"type": "InventoryReserved", "version": 1, "eventId": "i-1", "at": at, "orderId": "A-1",
        "items": [{"productId": "85123A", "quantity": 6}]});
    let paid = json!({"type": "PaymentCompleted", "version": 1, "eventId": "p-1", "at": at, "orderId": "A-1",
        "paymentId": "pay-1", "amount": 15.30, "currency": "GBP"});
    for (topic, event) in [("orders", &order), ("inventory", &reserved), ("payments", &paid), ("payments", &paid)] {
        let (status, answer) = service.post(&format!("/v1/topics/{topic}/events"), &json!([event]).to_string());
        assert_eq!(status, 202, "{answer}");
    }
    let bad = json!([{"type": "OrderPlaced", "eventId": "o-2", "at": at, "orderId": "A-2"}]);
    assert_eq!(service.post("/v1/topics/orders/events", &bad.to_string()).0, 400);
    assert_order(&service);
    assert!(service.stop(), "the service must stop by itself within ten seconds");

    let service = Service::start(&arguments);
    assert_order(&service);
    let ledger = service.get("/v1/ledger");
    assert_eq!(sum(&ledger, "consumed"), 4, "{ledger}");
    assert_eq!(sum(&ledger, "duplicate"), 1, "{ledger}");
    assert_eq!(sum(&ledger, "applied"), 3, "{ledger}");
}

fn assert_order(service: &Service) {
    let deadline = Instant::now() + Duration::from_secs(20);
    let confirmed = || {
        let (status, body) = service.try_get("/v1/orders/A-1")?;
        (status == 200 && String::from_utf8_lossy(&body).contains("confirmed")).then_some(())
    };
    while confirmed().is_none() {
        assert!(Instant::now() < deadline, "{:?}", service.try_get("/v1/orders/A-1"));
        std::thread::park_timeout(Duration::from_millis(50));
    }
    let revenue = loop {
        let answer = service.get("/v1/metrics/revenue?granularity=hour");
        if answer["points"].as_array().is_some_and(|points| !points.is_empty()) {
            break answer;
        }
        assert!(Instant::now() < deadline, "{answer}");
        std::thread::park_timeout(Duration::from_millis(50));
    };
    assert_eq!(revenue["points"][0]["value"], "15.30", "{revenue}");
}

pub(crate) fn sum(ledger: &serde_json::Value, field: &str) -> u64 {
    let topics = ledger.get("topics").unwrap_or(ledger);
    match topics {
        serde_json::Value::Object(topics) => topics.values().filter_map(|entry| entry[field].as_u64()).sum(),
        serde_json::Value::Array(topics) => topics.iter().filter_map(|entry| entry[field].as_u64()).sum(),
        _ => 0,
    }
}

/// Units of 1/10,000 of a decimal text.
fn decimal(text: &str) -> i64 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{fraction:0<4}").parse().unwrap()
}

/// Gross sales and refunds of the CSV, added up here digit by digit.
fn totals_of(sales: &std::path::Path) -> (i64, i64) {
    let mut reader = csv::Reader::from_path(sales).unwrap();
    let headers = reader.headers().unwrap().clone();
    let column = |name: &str| headers.iter().position(|header| header == name).unwrap();
    let (invoice, quantity, price) = (column("InvoiceNo"), column("Quantity"), column("UnitPrice"));
    let (mut gross, mut refunds) = (0, 0);
    for row in reader.byte_records() {
        let row = row.unwrap();
        let text = |column: usize| std::str::from_utf8(&row[column]).unwrap();
        let (quantity, price) = (text(quantity).parse::<i64>().unwrap(), decimal(text(price)));
        if text(invoice).starts_with('C') {
            refunds += quantity.abs() * price;
        } else if quantity > 0 && price > 0 {
            gross += quantity * price;
        }
    }
    (gross, refunds)
}
