//! SQL over HTTP, on a small shop's history.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use tillstream_api::sql::{About, Catalog, Event, Format, Job, Limits, Scanner, Sql, State, Workers};

use super::fixture::{Reply, Service};
use super::recommendations::{ids, with_model};

async fn ask(service: &Service, query: &str) -> Reply {
    service.post("/v1/sql", "application/json", json!({ "query": query }).to_string()).await
}

async fn rows(service: &Service, query: &str) -> Value {
    let reply = ask(service, query).await;
    assert_eq!(reply.status, StatusCode::OK, "{query}: {}", reply.text());
    reply.json()["rows"].clone()
}

async fn accepting(service: &Service, accept: &str, query: &str) -> Reply {
    let request = Request::post("/v1/sql").header("accept", accept);
    service.send(request.body(Body::from(json!({ "query": query }).to_string())).unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_tell_what_the_other_routes_tell() {
    let service = Service::with_history().await;
    let orders =
        rows(&service, "SELECT order_id, user_id, status, total, currency, placed_at FROM orders ORDER BY 1").await;
    assert_eq!(
        orders,
        json!([
            ["1", "u1", "confirmed", "15.3010", "GBP", "2010-12-01T08:56:00.000Z"],
            ["2", "u2", "confirmed", "6.0000", "EUR", "2010-12-01T09:10:00.000Z"],
            ["3", "u1", "cancelled", "12.0000", "GBP", "2010-12-01T09:20:00.000Z"],
        ])
    );
    let items =
        rows(&service, "SELECT line, product_id, quantity, amount FROM order_items WHERE order_id = '1' ORDER BY 1")
            .await;
    assert_eq!(items, json!([[1, "10001", 6, "15.3000"], [2, "10002", 1, "0.0010"]]));
    let hours = "SELECT window_start, window_end, currency, gross_revenue, refunds, revenue, units, final, orders \
                 FROM revenue_by_hour ORDER BY 1, 3";
    assert_eq!(
        rows(&service, hours).await,
        json!([
            [
                "2010-12-01T08:00:00.000Z",
                "2010-12-01T09:00:00.000Z",
                "GBP",
                "15.3010",
                "0.0000",
                "15.3010",
                7,
                false,
                1
            ],
            ["2010-12-01T09:00:00.000Z", "2010-12-01T10:00:00.000Z", "EUR", "6.0000", "0.0000", "6.0000", 2, false, 1],
            // Of the order that was cancelled.
            ["2010-12-01T09:00:00.000Z", "2010-12-01T10:00:00.000Z", "GBP", "0.0000", "0.0000", "0.0000", 0, false, 0],
        ])
    );
    for window in ["minute", "hour", "day", "month"] {
        let sums = rows(
            &service,
            &format!("SELECT currency, sum(gross_revenue) FROM revenue_by_{window} GROUP BY 1 ORDER BY 1"),
        )
        .await;
        assert_eq!(sums, json!([["EUR", "6.0000"], ["GBP", "15.3010"]]), "{window}");
    }
    let months = rows(&service, "SELECT window_start, window_end FROM revenue_by_month WHERE currency = 'GBP'").await;
    assert_eq!(months, json!([["2010-12-01T00:00:00.000Z", "2011-01-01T00:00:00.000Z"]]));
    let parts =
        rows(&service, "SELECT category, units FROM revenue_by_day_category WHERE currency = 'GBP' ORDER BY 1").await;
    assert_eq!(parts, json!([["kitchen", 1], ["lighting", 6]]));
    let pairs = rows(&service, "SELECT product_a, product_b, baskets, round(score, 3) FROM co_purchases").await;
    assert_eq!(pairs, json!([["10001", "10002", 1, 0.707]]));
    for product in ["product_a = '10001'", "product_b = '10002'"] {
        let found = rows(&service, &format!("SELECT count(*) FROM co_purchases WHERE {product}")).await;
        assert_eq!(found, json!([[1]]), "{product}");
    }
    assert_eq!(rows(&service, "SELECT product_id, level FROM stock").await, json!([["10001", 34]]));
    let top = rows(&service, "SELECT rank, product_id, name, units FROM top_products ORDER BY rank LIMIT 1").await;
    assert_eq!(top, json!([[1, "10001", "LAMP", 8]]));
    let statuses = rows(&service, "SELECT status, orders FROM orders_by_status ORDER BY 1").await;
    assert_eq!(statuses, json!([["cancelled", 1], ["confirmed", 2]]));
    let events =
        "SELECT count(*), count(DISTINCT order_id), sum(total), min(at) FROM topic_orders WHERE type = 'OrderPlaced'";
    assert_eq!(rows(&service, events).await, json!([[3, 3, null, "2010-12-01T08:56:00.000Z"]]));
    assert_eq!(rows(&service, "SELECT sum(amount) FROM topic_payments").await, json!([["33.3010"]]));
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_made_for_customers_that_are_named() {
    let service = with_model().await;
    for user in ["u1", "u2", "nobody"] {
        let query = format!("SELECT product_id FROM recommendations WHERE user_id = '{user}' ORDER BY rank");
        let listed = rows(&service, &query).await;
        let listed: Vec<&str> = listed.as_array().unwrap().iter().map(|row| row[0].as_str().unwrap()).collect();
        let route = service.get(&format!("/v1/recommendations?userId={user}&limit=100")).await.json();
        assert_eq!(listed, ids(&route), "{user}");
        assert!(!listed.is_empty(), "{user}");
    }
    let joined = "SELECT count(DISTINCT r.user_id), max(model_version) FROM recommendations r \
                  LEFT JOIN products USING (product_id) WHERE user_id IN ('u1', 'u2')";
    assert_eq!(rows(&service, joined).await, json!([[2, 3]]));
    let unnamed = ask(&service, "SELECT * FROM recommendations LIMIT 1").await;
    assert_eq!(unnamed.status, StatusCode::BAD_REQUEST, "{}", unnamed.text());
    assert_eq!(unnamed.json()["detail"], "lists are made for customers that are named, and none is");
    assert_eq!(unnamed.json()["hint"], "add WHERE user_id = '…', or user_id IN ('…', '…')");
    let trending = rows(&service, "SELECT product_id FROM trending ORDER BY rank LIMIT 1").await;
    assert_eq!(trending, json!([["10001"]]));
    let model = rows(&service, "SELECT name, version, trained_at, customers, pairs, ndcg FROM sys_models").await;
    assert_eq!(model, json!([["als-recent", 3, "2010-12-01T12:00:00.000Z", 2, 4, null]]));
    assert_eq!(rows(&service, "SELECT count(*) FROM experiments").await, json!([[0]]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_with_values_of_a_known_type_has_a_column_for_each_field() {
    let service = Service::with_history().await;
    let (log, topology) = (Arc::clone(&service.log), service.application.topology());
    let state = State::new(service.recommendations.clone(), log, topology, "tillstream", None, Vec::new());
    let value = tillstream_stores::json::<tillstream_processors::stock::Stock>();
    let unknown = Catalog::of(&state).with_store(&state, "shelf", "shelves", Arc::clone(&value)).unwrap_err();
    assert_eq!(unknown.message, "the topology has no store shelves");
    let catalog = Catalog::of(&state).with_store(&state, "shelf", "stock", value).unwrap();
    let columns = |about: &About| about.columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>();
    let about = catalog.about();
    assert_eq!(
        about.iter().find(|about| about.name == "shelf").map(columns).unwrap(),
        [
            "key",
            "window_start",
            "window_end",
            "level",
            "adjustments",
            "countedAtMs",
            "updatedAtMs",
            "demand",
            "told",
            "timestamp"
        ]
    );
    let limits = Limits::default();
    let sql = Sql::new(Scanner::new(catalog, state, &limits).unwrap(), limits, Workers::Threads).unwrap();
    let query = "SELECT level, \"countedAtMs\" FROM shelf WHERE key = '10001'".to_owned();
    let mut reply = sql.run(Job { query, format: Format::Ndjson, ..Job::default() }).unwrap();
    let mut told = Vec::new();
    while let Some(event) = reply.next().await {
        match event {
            Event::Chunk(chunk) => told.extend_from_slice(&chunk),
            Event::Failed(error) => panic!("{error}"),
            Event::Head(_) | Event::Done(_) => {}
        }
    }
    assert_eq!(
        serde_json::from_slice::<Value>(&told).unwrap(),
        json!({"level": 34, "countedAtMs": 1_291_190_400_000_i64})
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn funnels_are_those_of_their_route() {
    let service = Service::with_history().await;
    for window in ["hour", "day", "month"] {
        let route = service.get(&format!("/v1/funnel?granularity={window}")).await.json();
        let points = route["points"].as_array().unwrap();
        let row =
            |point: &Value| json!([point["start"], point["end"], point["visits"], point["orders"], point["final"]]);
        let expected: Vec<Value> = points.iter().map(row).collect();
        let query =
            format!("SELECT window_start, window_end, visits, orders, final FROM funnel_by_{window} ORDER BY 1");
        assert_eq!(rows(&service, &query).await, json!(expected), "{window}");
        assert!(!expected.is_empty(), "{window}");
    }
    let none = "SELECT count(*) FROM funnel_by_day WHERE window_start > '2020-01-01T00:00:00Z'";
    assert_eq!(rows(&service, none).await, json!([[0]]));
    assert_eq!(rows(&service, "SELECT count(*) FROM anomalies WHERE score > 3").await, json!([[0]]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_itself_can_be_asked() {
    let service = Service::with_history().await;
    assert_eq!(rows(&service, "SELECT sum(lag) FROM sys_lag").await, json!([[0]]));
    let consumed =
        rows(&service, "SELECT sum(consumed) = sum(applied + dead + late + duplicate + skipped) FROM sys_ledger").await;
    assert_eq!(consumed, json!([[true]]));
    let tasks = rows(&service, "SELECT count(DISTINCT task) FROM sys_tasks WHERE stores LIKE '%orders%'").await;
    assert_eq!(tasks, json!([[4]]));
    let stores = rows(&service, "SELECT count(*) FROM sys_stores WHERE store = 'orders'").await;
    assert_eq!(stores, json!([[2]]));
    let interval = rows(&service, "SELECT value, origin FROM sys_config WHERE key = 'streams.commit_interval'").await;
    assert_eq!(interval, json!([["\"100 ms\"", "default"]]));
    let stored = rows(&service, "SELECT key, value_bytes > 0 FROM store_orders WHERE key = '1'").await;
    assert_eq!(stored, json!([["1", true]]));
    let window = "SELECT key, window_start FROM store_revenue_by_day WHERE key = 'GBP'";
    let shown = rows(&service, window).await;
    assert_eq!(shown.as_array().unwrap().len(), 0, "keys with parts are JSON: {shown}");
    let ends = rows(&service, "SELECT sum(end_offset) FROM sys_topics WHERE topic = 'orders'").await;
    assert!(ends[0][0].as_i64().unwrap() >= 3);
    let sources = rows(&service, "SELECT count(*) FROM sys_topology WHERE kind = 'source' AND name = 'orders'").await;
    assert_eq!(sources, json!([[1]]));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_prefixes_times_and_limits_are_looked_up() {
    let service = Service::with_history().await;
    // What the scan reads stands in its metrics.
    for (query, told, read) in [
        ("SELECT * FROM orders WHERE order_id = '2'", "order_id in (\"2\")", 1..=1),
        ("SELECT * FROM orders WHERE order_id IN ('2', '3', 'x')", "order_id in (\"2\", \"3\", \"x\")", 2..=2),
        ("SELECT * FROM orders WHERE order_id LIKE '2%'", "order_id begins with \"2\"", 1..=1),
        ("SELECT * FROM orders WHERE order_id > '1' AND order_id <= '2'", "order_id from \"1\" to \"2\"", 2..=2),
        ("SELECT * FROM stock WHERE product_id = 'none'", "product_id in (\"none\")", 0..=0),
        (
            "SELECT * FROM revenue_by_hour WHERE window_start >= TIMESTAMP '2010-12-01 09:00:00'",
            "window_start from 1291194000000",
            2..=2,
        ),
        (
            "SELECT * FROM revenue_by_hour WHERE window_start BETWEEN '2010-12-01T08:00:00Z' AND '2010-12-01T08:59:00Z'",
            "window_start from 1291190400000 to 1291193940000",
            1..=1,
        ),
        ("SELECT * FROM topic_orders WHERE partition = 7", "partition in (7)", 0..=0),
        // Three orders in two partitions: each may give one before the limit is reached.
        ("SELECT order_id FROM orders LIMIT 1", "columns=[order_id], limit=1", 1..=2),
    ] {
        let plan = rows(&service, &format!("EXPLAIN ANALYZE {query}")).await.to_string();
        let plan = plan.replace("\\\"", "\"").replace("\\\\", "\\").replace("\\\"", "\"");
        assert!(plan.contains(told), "{query}: {plan}");
        let scan = plan.split("ScanExec").nth(1).unwrap();
        let rows = scan.split("output_rows=").nth(1).and_then(|rest| rest.split(',').next());
        assert!(
            rows.and_then(|rows| rows.parse().ok()).is_some_and(|rows: u32| read.contains(&rows)),
            "{query}: {scan}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn placeholders_take_values_by_number_and_by_name() {
    let service = Service::with_history().await;
    for (query, params, expected) in [
        ("SELECT status FROM orders WHERE order_id = $1", json!(["3"]), json!([["cancelled"]])),
        ("SELECT order_id FROM orders WHERE total > $1 ORDER BY 1", json!([12.5]), json!([["1"]])),
        ("SELECT count(*) FROM orders WHERE placed_at >= $1", json!(["2010-12-01T09:10:00Z"]), json!([[2]])),
        (
            "SELECT order_id FROM orders WHERE user_id = $user AND status = $status",
            json!({"user": "u1", "status": "confirmed"}),
            json!([["1"]]),
        ),
        ("SELECT $1 + 1, $2", json!([1, null]), json!([[2, null]])),
        ("SELECT order_id FROM orders WHERE order_id = $1", json!(["' OR 1=1 --"]), json!([])),
    ] {
        let body = json!({ "query": query, "params": params }).to_string();
        let reply = service.post("/v1/sql", "application/json", body).await;
        assert_eq!(reply.status, StatusCode::OK, "{query}: {}", reply.text());
        assert_eq!(reply.json()["rows"], expected, "{query}");
    }
    let missing = ask(&service, "SELECT $1").await;
    assert_eq!(
        (missing.status.as_u16(), missing.json()["position"]["column"].as_u64()),
        (400, Some(8)),
        "{}",
        missing.text()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_come_in_every_form() {
    let service = Service::with_history().await;
    let query = "SELECT order_id, total, placed_at, reason FROM orders ORDER BY order_id LIMIT 2";
    let json = accepting(&service, "application/json", query).await;
    assert_eq!(json.json()["columns"][1], json!({"name": "total", "type": "Decimal128(19, 4)"}));
    assert_eq!(json.json()["rowCount"], 2);
    assert_eq!(json.json()["truncated"], false);
    assert!(json.json()["asOf"].as_str().unwrap() >= "2010-12-01T09:20:00.000Z");
    assert!(json.header("tillstream-position").contains("orders:"));
    let lines = accepting(&service, "application/x-ndjson", query).await;
    let first: Value = serde_json::from_str(lines.text().lines().next().unwrap()).unwrap();
    assert_eq!(
        first,
        json!({"order_id": "1", "total": "15.3010", "placed_at": "2010-12-01T08:56:00.000Z", "reason": null})
    );
    let csv = accepting(&service, "text/csv", query).await;
    assert_eq!(
        csv.text(),
        "order_id,total,placed_at,reason\n1,15.3010,2010-12-01T08:56:00.000Z,\n2,6.0000,2010-12-01T09:10:00.000Z,\n"
    );
    let arrow = accepting(&service, "application/vnd.apache.arrow.stream", query).await;
    assert_eq!(arrow.header("content-type"), "application/vnd.apache.arrow.stream");
    assert_eq!(arrow.bytes[..4], [0xff, 0xff, 0xff, 0xff]);
    let parquet = accepting(&service, "application/vnd.apache.parquet", query).await;
    assert_eq!((&parquet.bytes[..4], &parquet.bytes[parquet.bytes.len() - 4..]), (&b"PAR1"[..], &b"PAR1"[..]));
    assert_eq!(accepting(&service, "image/png", query).await.status, StatusCode::NOT_ACCEPTABLE);
    let empty = accepting(&service, "text/csv", "SELECT order_id FROM orders WHERE false").await;
    assert_eq!(empty.text(), "order_id\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_cut_off_says_so() {
    let service = Service::start(&["sql.max_rows=3"]);
    let reply = ask(&service, "SELECT value FROM generate_series(1, 10)").await;
    let answer = reply.json();
    assert_eq!((&answer["rowCount"], &answer["truncated"]), (&json!(3), &json!(true)), "{answer}");
    let csv = accepting(&service, "text/csv", "SELECT value FROM generate_series(1, 10)").await;
    assert_eq!((csv.text().lines().count(), csv.header("tillstream-truncated")), (4, "true"));
    let whole = accepting(&service, "text/csv", "SELECT value FROM generate_series(1, 3)").await;
    assert_eq!((whole.text().lines().count(), whole.header("tillstream-truncated")), (4, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_are_told_with_their_place_and_what_was_meant() {
    let service = Service::with_history().await;
    for (query, detail, column, hint) in [
        ("SELECT revenu FROM revenue_by_hour", "there is no column revenu", 8, "did you mean revenue?"),
        ("SELECT o.total FROM orders x", "there is no column o.total", 10, ""),
        ("SELECT * FROM ordrs", "there is no table ordrs", 15, "did you mean orders?"),
        ("SELECT lenght('x')", "there is no function lenght", 8, "did you mean"),
        ("SELECT * FORM orders", "", 15, ""),
        ("SELECT 'open", "", 8, ""),
    ] {
        let reply = ask(&service, query).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{query}: {}", reply.text());
        let problem = reply.json();
        assert!(problem["detail"].as_str().unwrap().contains(detail), "{query}: {problem}");
        assert!(problem["hint"].as_str().unwrap_or_default().contains(hint), "{query}: {problem}");
        if !detail.starts_with("there is no column o.") {
            assert_eq!(problem["position"]["column"], column, "{query}: {problem}");
        }
    }
    let failed = ask(&service, "SELECT 1 / (level - 34) FROM stock").await;
    assert_eq!(failed.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", failed.text());
    for body in ["", "[]", "{}", r#"{"query": 1}"#, r#"{"query": "SELECT 1", "parms": []}"#] {
        let reply = service.post("/v1/sql", "application/json", body).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{body}");
    }
}

/// F-65, F-66, F-67, F-70, F-71, F-72: what would write, read a file, come as two, recurse, or go too deep.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_reading_and_nothing_but_the_tables() {
    let service = Service::with_history().await;
    let outside = tempfile::tempdir().unwrap();
    let file = outside.path().join("stolen.csv");
    std::fs::write(&file, "a\n1\n").unwrap();
    let file = file.display();
    let deep = format!("SELECT {}1{}", "(".repeat(500), ")".repeat(500));
    let plus = format!("SELECT 1{}", " + 1".repeat(2_000));
    let or = format!("SELECT 1 WHERE 1=2{}", " OR 1=1".repeat(5_000));
    let long = format!("SELECT '{}'", "x".repeat(1 << 20));
    for (query, status) in [
        (format!("CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '{file}'"), 403),
        (format!("COPY orders TO '{file}.out' STORED AS CSV"), 403),
        (format!("COPY (SELECT 1) TO '{file}.out'"), 403),
        ("INSERT INTO orders (order_id) VALUES ('x')".to_owned(), 403),
        ("DELETE FROM orders".to_owned(), 403),
        ("UPDATE orders SET status = 'x'".to_owned(), 403),
        ("DROP TABLE orders".to_owned(), 403),
        ("CREATE TABLE t AS SELECT 1".to_owned(), 403),
        ("CREATE VIEW v AS SELECT 1".to_owned(), 403),
        ("SELECT 1 AS a INTO t".to_owned(), 403),
        ("SET datafusion.execution.batch_size = 1".to_owned(), 403),
        ("RESET datafusion.execution.batch_size".to_owned(), 403),
        ("PREPARE p AS SELECT 1".to_owned(), 403),
        ("EXPLAIN INSERT INTO orders (order_id) VALUES ('x')".to_owned(), 403),
        ("BEGIN".to_owned(), 403),
        ("TRUNCATE orders".to_owned(), 403),
        ("SELECT 1; DROP TABLE orders".to_owned(), 403),
        (format!("SELECT * FROM '{file}'"), 400),
        ("SELECT * FROM '/etc/passwd'".to_owned(), 400),
        ("SELECT * FROM 'file:///etc/passwd'".to_owned(), 400),
        ("SELECT * FROM 's3://bucket/x.parquet'".to_owned(), 400),
        ("SELECT * FROM 'http://127.0.0.1/x.csv'".to_owned(), 400),
        ("SELECT * FROM read_csv('/etc/passwd')".to_owned(), 400),
        ("WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT * FROM t LIMIT 1".to_owned(), 400),
        (deep, 400),
        (plus, 400),
        (or, 400),
        (long, 400),
    ] {
        let reply = ask(&service, &query).await;
        assert_eq!(reply.status.as_u16(), status, "{query:.80}: {}", reply.text());
    }
    assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 1, "a file was written");
    // F-72: the catalogue names what may be asked, and nothing else.
    let tables = rows(&service, "SELECT DISTINCT table_schema FROM information_schema.tables ORDER BY 1").await;
    assert_eq!(tables, json!([["information_schema"], ["public"]]));
    let told = service.get("/v1/sql/tables").await.json();
    let known = rows(&service, "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'").await;
    assert_eq!(known[0][0].as_u64().unwrap() as usize, told["tables"].as_array().unwrap().len());
}

/// F-69, F-73 as far as threads go: what is too much for the query's memory, and a client that leaves.
#[tokio::test(flavor = "multi_thread")]
async fn too_much_memory_is_an_error_and_a_client_that_leaves_ends_its_query() {
    let service =
        Service::start(&["sql.memory=8 MiB", "sql.time_limit=5 s", "sql.quick_queries=1", "sql.slow_queries=1"]);
    let sort = ask(&service, "SELECT value FROM generate_series(1, 20000000) ORDER BY value DESC").await;
    assert_eq!(sort.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", sort.text());
    // Two places: were they still taken, the third would wait for the time limit.
    for _ in 0..2 {
        let request = Request::post("/v1/sql").header("accept", "text/csv");
        let body = json!({"query": "SELECT value FROM generate_series(1, 100000000000)"}).to_string();
        let response =
            tower::ServiceExt::oneshot(service.router.clone(), request.body(Body::from(body)).unwrap()).await;
        drop(response.unwrap());
    }
    let begin = std::time::Instant::now();
    assert_eq!(rows(&service, "SELECT 1").await, json!([[1]]));
    assert!(begin.elapsed() < std::time::Duration::from_secs(3), "{:?}", begin.elapsed());
}

/// The documentation lists the tables there are.
#[tokio::test(flavor = "multi_thread")]
async fn the_tables_are_documented() {
    let service = Service::start(&[]);
    let told = service.get("/v1/sql/tables").await.json();
    let mut expected = String::new();
    for table in told["tables"].as_array().unwrap() {
        let name = table["name"].as_str().unwrap();
        if name.starts_with("store_") {
            continue;
        }
        expected.push_str(&format!("### {name}\n\n{}\n", table["comment"].as_str().unwrap()));
        let found_by: Vec<&str> =
            table["foundBy"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        if !found_by.is_empty() {
            expected.push_str(&format!("Found by {}.\n", found_by.join(", ")));
        }
        expected.push_str("\n| column | type | |\n|---|---|---|\n");
        for column in table["columns"].as_array().unwrap() {
            let text = |field: &str| column[field].as_str().unwrap().to_owned();
            assert!(!text("comment").is_empty(), "{name}.{} has no comment", text("name"));
            expected.push_str(&format!("| {} | {} | {} |\n", text("name"), text("type"), text("comment")));
        }
        expected.push('\n');
    }
    expected.push_str("### store_*\n\nEvery state store as it is: key and value as JSON.\n");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/sql.md");
    let document = std::fs::read_to_string(path).unwrap();
    let (head, tables) = document.split_once("\n## Tables\n\n").unwrap();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, format!("{head}\n## Tables\n\n{expected}")).unwrap();
    } else {
        assert!(tables == expected, "docs/sql.md lists other tables; run with UPDATE_DOCS=1");
    }
}
