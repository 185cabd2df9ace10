//! What operators ask.

use axum::http::StatusCode;
use serde_json::json;

use super::fixture::Service;

#[tokio::test(flavor = "multi_thread")]
async fn operators_see_health_lag_tasks_topology_ledger_replay_and_configuration() {
    let service = Service::with_history().await;
    assert_eq!(service.get("/livez").await.json(), json!({"status": "alive"}));
    assert_eq!(service.get("/readyz").await.json(), json!({"status": "ready"}));
    lag_is_zero_when_all_is_processed(&service).await;
    the_ledger_balances(&service).await;
    let tasks = service.get("/v1/tasks").await.json();
    assert_eq!(tasks["state"], "running");
    assert!(tasks["tasks"].as_array().unwrap().iter().any(|task| task["id"] == "0_0"), "{tasks}");
    let text = service.get("/v1/topology").await.text();
    assert!(text.starts_with("Topologies:\n   Sub-topology: 0\n"), "{text}");
    assert!(service.get("/v1/topology?format=mermaid").await.text().starts_with("flowchart TD\n"));
    let topology = service.get("/v1/topology?format=json").await.json();
    assert!(topology["subTopologies"][0]["sources"].as_array().unwrap().contains(&json!("orders")), "{topology}");
    assert_eq!(service.get("/v1/replay").await.json(), json!({"total": 0, "published": 0, "done": false}));
    let config = service.get("/v1/config").await.json();
    let threads = json!({"key": "streams.threads", "value": 2, "origin": "default"});
    assert!(config["settings"].as_array().unwrap().contains(&threads), "{config}");
    assert!(service.get("/v1/config?format=toml").await.text().contains("commit_interval = \"100 ms\""));
}

async fn lag_is_zero_when_all_is_processed(service: &Service) {
    let lag = service.get("/v1/lag").await.json();
    let group = &lag["groups"][0];
    assert_eq!(group["group"], "tillstream");
    let orders: Vec<_> = group["partitions"].as_array().unwrap().iter().filter(|p| p["topic"] == "orders").collect();
    assert!(!orders.is_empty(), "{lag}");
    for partition in orders {
        assert_eq!((&partition["lag"], &partition["lagSeconds"]), (&json!(0), &json!(0.0)), "{partition}");
        assert_eq!(partition["committed"], partition["end"]);
    }
}

async fn the_ledger_balances(service: &Service) {
    let ledger = service.get("/v1/ledger").await.json();
    for entry in [&ledger, &ledger["topics"]["orders"]] {
        let of = |field: &str| entry[field].as_u64().unwrap();
        assert_eq!(
            of("consumed"),
            of("applied") + of("dead") + of("late") + of("duplicate") + of("skipped"),
            "{entry}"
        );
    }
    assert_eq!(ledger["topics"]["orders"]["consumed"], 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_have_the_names_dashboards_expect_and_a_closed_set_of_labels() {
    let service = Service::with_history().await;
    for n in 0..50 {
        service.get(&format!("/v1/orders/o{n}")).await;
        service.get(&format!("/nowhere/{n}")).await;
    }
    let metrics = service.get("/metrics").await;
    assert!(metrics.header("content-type").starts_with("text/plain"));
    let text = metrics.text();
    for series in [
        "kafka_consumergroup_lag{consumergroup=\"tillstream\",partition=\"0\",topic=\"orders\"} 0",
        "kafka_consumergroup_lag_sum{consumergroup=\"tillstream\",topic=\"orders\"} 0",
        "kafka_consumergroup_current_offset{consumergroup=\"tillstream\",partition=\"0\",topic=\"orders\"}",
        "kafka_topic_partition_current_offset{partition=\"0\",topic=\"orders\"}",
        "http_request_seconds_count{method=\"GET\",route=\"/v1/orders/{orderId}\",status=\"404\"} 50",
        "http_request_seconds_count{method=\"GET\",route=\"unmatched\",status=\"404\"} 50",
        "tillstream_commits_total",
    ] {
        assert!(text.contains(series), "no {series} in\n{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_application_is_not_ready() {
    let service = Service::start(&[]);
    assert!(service.application.stop(std::time::Duration::from_secs(10)));
    let reply = service.get("/readyz").await;
    assert_eq!((reply.status, reply.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "1"));
    assert!(reply.text().contains("stopped"), "{}", reply.text());
    assert_eq!(service.get("/livez").await.status, StatusCode::OK);
}

/// With every task here there is nothing stale: the answers are the same, and say so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stale_reads_say_how_old_they_are() {
    let service = Service::with_history().await;
    for path in ["/v1/orders/1", "/v1/orders?limit=2", "/v1/stores", "/v1/products/top?limit=3"] {
        let joint = if path.contains('?') { '&' } else { '?' };
        let (plain, stale) = (service.get(path).await, service.get(&format!("{path}{joint}stale=true")).await);
        assert_eq!((plain.status, plain.json()), (stale.status, stale.json()), "{path}");
        assert!(!plain.headers.contains_key("tillstream-staleness"));
        assert_eq!(stale.headers["tillstream-staleness"], "fresh");
    }
    let refused = service.get("/v1/orders?stale=perhaps").await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(refused.text().contains("`stale` is true or false"), "{}", refused.text());
    let unknown = service.get("/v1/orders?stale=true&limits=2").await;
    assert!(unknown.text().contains("did you mean"), "{}", unknown.text());
}
