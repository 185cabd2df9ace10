//! A shop where nothing happens any more.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::binary::Service;

#[test]
fn the_last_order_of_the_night_times_out_although_nothing_follows_it() {
    let dir = tempfile::tempdir().unwrap();
    let settings = format!("application.data_dir={}", dir.path().join("data").display());
    let impatient = ["--set", "shop.saga_timeout=2 s", "--set", "streams.sender_idle_timeout=200 ms"];
    let service = Service::start(&[&["run", "--set", settings.as_str()], &impatient[..]].concat());
    // Without `at` it happens when it is taken in.
    let order = json!([{"type": "OrderPlaced", "version": 1, "eventId": "o-1", "orderId": "A-1", "userId": "u-1", "country": "GB",
        "currency": "GBP", "total": 2.55,
        "items": [{"productId": "85123A", "name": "HEART", "category": "lighting", "quantity": 1, "unitPrice": 2.55}]}]);
    let (status, answer) = service.post("/v1/topics/orders/events", &order.to_string());
    assert_eq!(status, 202, "{answer}");
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let (_, body) = service.try_get("/v1/orders/A-1").unwrap();
        if String::from_utf8_lossy(&body).contains("timed out") {
            return;
        }
        assert!(Instant::now() < deadline, "{}", String::from_utf8_lossy(&body));
        std::thread::park_timeout(Duration::from_millis(200));
    }
}
