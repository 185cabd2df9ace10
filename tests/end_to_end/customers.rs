//! What customers are worth, on the real binary and the whole year of real sales.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::binary::{Service, tillstream};

/// Three customers as the file has them, added up outside (the rows of sale of a `CustomerID` less those of its `C` invoices): orders,
/// returns, spent, last purchase.
const CUSTOMERS: [(&str, u64, u64, &str, &str); 3] = [
    ("12346", 1, 1, "0.00", "2011-01-18T10:01:00.000Z"),
    ("15311", 91, 27, "59419.34", "2011-12-09T12:00:00.000Z"),
    ("14911", 201, 47, "132572.62", "2011-12-08T15:54:00.000Z"),
];
/// All customers the file names: those with a sale or a return, those with a sale, their orders, and what all spent.
const ALL: [&str; 4] = ["4371", "4338", "18532", "8300065.8140"];

#[test]
fn a_years_customers_add_up_to_the_file_and_fall_into_segments() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let demo = ["demo", "--data", data.to_str().unwrap()];
    let once = ["--once", "--listen", "127.0.0.1:0"];
    assert!(tillstream(&[&demo[..], &once].concat()).output().unwrap().status.success());
    let service = Service::start(&demo);
    for (user, orders, returns, spent, last) in CUSTOMERS {
        let customer = service.get(&format!("/v1/customers/{user}"));
        assert_eq!((&customer["orders"], &customer["returns"]), (&json!(orders), &json!(returns)), "{customer}");
        assert_eq!(customer["monetary"][0]["amount"], spent, "{customer}");
        assert_eq!(instant(&customer["lastPurchase"]), instant(&json!(last)), "{customer}");
    }
    let totals = "SELECT count(*) AS customers, count(*) FILTER (WHERE orders > 0) AS buyers, sum(orders) AS orders, \
        sum(spent) AS spent FROM customers";
    let row = service.post("/v1/sql", &json!({ "query": totals }).to_string()).1;
    let cells = row["rows"][0].clone();
    let text = |cell: &Value| cell.as_str().map_or_else(|| cell.to_string(), str::to_owned);
    let found: Vec<String> = match &cells {
        Value::Array(cells) => cells.iter().map(text).collect(),
        Value::Object(cells) => ["customers", "buyers", "orders", "spent"].map(|name| text(&cells[name])).to_vec(),
        other => panic!("{other} in {row}"),
    };
    assert_eq!(found, ALL, "{row}");
    segments_are_plausible(&service);
    assert!(service.stop());
}

fn segments_are_plausible(service: &Service) {
    let deadline = Instant::now() + Duration::from_secs(20);
    let all = loop {
        let all = service.get("/v1/segments");
        if !all["model"].is_null() {
            break all;
        }
        assert!(Instant::now() < deadline, "no segments after a restart");
        std::thread::park_timeout(Duration::from_millis(20));
    };
    assert_eq!(all["customers"], 4338);
    let items = all["items"].as_array().unwrap();
    let names: Vec<&str> = items.iter().map(|segment| segment["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["champions", "loyal", "new", "occasional", "at risk", "lost"]);
    let number = |segment: &Value, field: &str| segment[field].as_f64().unwrap();
    assert_eq!(items.iter().map(|segment| number(segment, "customers")).sum::<f64>(), 4338.0);
    assert!((items.iter().map(|segment| number(segment, "share")).sum::<f64>() - 1.0).abs() < 1e-9);
    let typical = |name: &str, field: &str| {
        let segment = items.iter().find(|segment| segment["name"] == name).unwrap();
        number(&segment["typical"], field)
    };
    for item in items {
        println!(
            "{:>10} {:>5} customers, {} of revenue, typically {}",
            item["name"], item["customers"], item["revenue"], item["typical"]
        );
    }
    assert!(typical("champions", "orders") > 8.0 && typical("champions", "recencyDays") < 30.0, "{all}");
    assert!(typical("lost", "orders") < 2.0 && typical("lost", "recencyDays") > 150.0, "{all}");
    assert!(typical("at risk", "orders") > typical("lost", "orders"), "{all}");
    assert_eq!(service.get("/v1/customers/14911")["segment"], "champions");
    // Those who leave: of the segment asked for, the longest overdue first.
    let leaving = service.get("/v1/customers?sort=churn_risk&segment=at%20risk&limit=50");
    let leaving = leaving["items"].as_array().unwrap();
    assert!(leaving.iter().all(|customer| customer["segment"] == "at risk") && leaving.len() == 50);
    let overdue: Vec<f64> = leaving.iter().map(|customer| customer["churn"]["overdue"].as_f64().unwrap()).collect();
    assert!(overdue.is_sorted_by(|a, b| a >= b) && overdue[49] > 1.0, "{overdue:?}");
}

/// Times with and without a fraction.
fn instant(time: &Value) -> String {
    time.as_str().unwrap().replace(".000Z", "Z")
}
