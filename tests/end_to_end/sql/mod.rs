//! SQL on the real binary: the demo's totals through every door, and queries that would bring a process down.

mod clients;
mod hostile;
mod interrupted;
mod secured;

use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::binary::{Service, slice_of_sales, tillstream};

/// Rows of the slice.
const ROWS: usize = 20_000;

/// A service on a slice of the demo.
struct Demo {
    service: Service,
    postgres: u16,
    totals: Value,
    _dir: TempDir,
}

#[test]
fn the_demo_answers_in_sql() {
    let demo = Demo::start();
    the_demos_totals_come_through_every_door(&demo);
    the_twenty_questions_of_the_documentation_are_answered(&demo);
    the_terminal_says_what_is_wrong_and_where(&demo);
    clients::psql_lists_describes_and_asks(&demo);
    clients::bi_tools_start_up(&demo);
    clients::pythons_clients_read_the_tables(&demo);
    clients::duckdb_computes_the_same(&demo);
    hostile::hostile_queries_harm_nobody(&demo);
    hostile::whoever_ends_processes_waits(&demo);
}

impl Demo {
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (sales, data) = (slice_of_sales(dir.path(), ROWS), dir.path().join("data"));
        let (sales, data) = (sales.to_str().unwrap(), data.to_str().unwrap());
        let arguments = ["demo", "--data", data, "--source", sales];
        let output = tillstream(&arguments).args(["--once", "--listen", "127.0.0.1:0"]).output().unwrap();
        let totals = serde_json::from_slice(&output.stdout).unwrap();
        let postgres = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let listen = format!("sql.postgres_listen=127.0.0.1:{postgres}");
        let limits = [
            "--set",
            &listen,
            "--set",
            "sql.time_limit=4 s",
            "--set",
            "sql.process_memory=400 MiB",
            "--set",
            "sql.memory=128 MiB",
        ];
        let service = Service::start(&[&arguments[..], &limits[..]].concat());
        Self { service, postgres, totals, _dir: dir }
    }

    fn ask(&self, query: &str) -> (u16, Value) {
        self.service.post("/v1/sql", &json!({ "query": query }).to_string())
    }

    fn rows(&self, query: &str) -> Value {
        let (status, answer) = self.ask(query);
        assert_eq!(status, 200, "{query}: {answer}");
        answer["rows"].clone()
    }
}

/// `12.5` and `12.5000` are one amount.
fn amount(text: &Value) -> String {
    text.as_str().unwrap().trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn the_demos_totals_come_through_every_door(demo: &Demo) {
    let gross = amount(&demo.totals["grossRevenue"]);
    for window in ["minute", "hour", "day", "month", "day_category", "hour_product", "day_country"] {
        let sum = demo.rows(&format!("SELECT sum(gross_revenue), sum(refunds) FROM revenue_by_{window}"));
        assert_eq!(amount(&sum[0][0]), gross, "{window}");
        assert_eq!(amount(&sum[0][1]), amount(&demo.totals["refunds"]), "{window}");
    }
    let query = "SELECT sum(gross_revenue) AS gross FROM revenue_by_day";
    let printed = terminal(&["sql", "--url", demo.service.url(), "--format", "csv", query]);
    assert_eq!(
        printed.lines().nth(1).map(|line| line.trim_end_matches('0').trim_end_matches('.')),
        Some(gross.as_str())
    );
    let table = terminal(&["sql", "--url", demo.service.url(), query]);
    assert!(table.contains(&gross) && table.ends_with("(1 row)\n"), "{table}");
    let pairs = demo.rows("SELECT count(*), sum(baskets) FROM co_purchases");
    assert_eq!(pairs[0][0], demo.totals["distinctPairs"]);
    assert_eq!(pairs[0][1], demo.totals["pairCountSum"]);
}

fn terminal(arguments: &[&str]) -> String {
    let output = tillstream(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn the_twenty_questions_of_the_documentation_are_answered(demo: &Demo) {
    let document = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/sql.md")).unwrap();
    let queries: Vec<&str> = document.split("```sql\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(queries.len() >= 20, "{}", queries.len());
    for query in queries {
        let (status, answer) = demo.ask(query);
        assert_eq!(status, 200, "{query}\n{answer}");
        // Nothing in the slice went below zero.
        assert!(answer["rowCount"].as_u64().unwrap() > 0 || query.contains("level < 0"), "{query}\n{answer}");
    }
}

fn the_terminal_says_what_is_wrong_and_where(demo: &Demo) {
    let failed = tillstream(&["sql", "--url", demo.service.url(), "SELECT revenu FROM revenue_by_day"])
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(failed.status.code(), Some(1));
    let told = String::from_utf8(failed.stderr).unwrap();
    let expected = "error: there is no column revenu\n  SELECT revenu FROM revenue_by_day\n         ^\nhint: did you mean revenue?\n";
    assert_eq!(told, expected);
    assert_eq!(tillstream(&["sql", "--format", "xml", "SELECT 1"]).status().unwrap().code(), Some(2));
    let mut piped =
        tillstream(&["sql", "--url", demo.service.url(), "--format", "ndjson"]).stdin(Stdio::piped()).spawn().unwrap();
    piped.stdin.take().unwrap().write_all(b"SELECT 1 AS one;").unwrap();
    assert_eq!(String::from_utf8(piped.wait_with_output().unwrap().stdout).unwrap(), "{\"one\":1}\n");
}

#[test]
fn without_a_service_the_data_directory_is_asked() {
    let dir = tempfile::tempdir().unwrap();
    let (sales, data) = (slice_of_sales(dir.path(), 20_000), dir.path().join("data"));
    let (sales, data) = (sales.to_str().unwrap(), data.to_str().unwrap());
    let output =
        tillstream(&["demo", "--data", data, "--source", sales, "--once", "--listen", "127.0.0.1:0"]).output().unwrap();
    let totals: Value = serde_json::from_slice(&output.stdout).unwrap();
    let query = "SELECT sum(gross_revenue) AS gross, (SELECT count(*) FROM topic_orders) AS events FROM revenue_by_day";
    let nobody = "http://127.0.0.1:9";
    let printed = terminal(&["sql", "--url", nobody, "--data", data, "--format", "ndjson", query]);
    let row: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(amount(&row["gross"]), amount(&totals["grossRevenue"]));
    assert!(row["events"].as_i64().unwrap() > 0);
    let learned = "SELECT count(*) AS models, (SELECT count(segment) FROM customers) AS told FROM sys_models";
    let printed = terminal(&["sql", "--url", nobody, "--data", data, "--format", "ndjson", learned]);
    let row: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(row["models"], 1, "what was learned is in the directory too");
    assert!(row["told"].as_i64().unwrap() > 100, "{row}");
    let nothing = tillstream(&["sql", "--url", nobody, "--data", "/nonexistent", "SELECT 1"]).status().unwrap();
    assert_eq!(nothing.code(), Some(1));
}
