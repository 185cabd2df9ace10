//! How long SQL takes over HTTP: single rows by key, and groups over all rows of a table.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

/// Asks a running service and prints how long answers take.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  tillstream demo --data /tmp/demo &
  tillstream-bench sql --address 127.0.0.1:8080")]
pub(crate) struct SqlArguments {
    /// Address of the service.
    #[arg(long, default_value = "127.0.0.1:8080")]
    address: String,
    /// Single rows to ask for.
    #[arg(long, default_value_t = 2_000)]
    points: u32,
    /// How often each of the other queries is asked.
    #[arg(long, default_value_t = 5)]
    rounds: u32,
}

/// Name and query; each reads all rows of its table.
const QUERIES: [(&str, &str); 5] = [
    (
        "GROUP BY over co_purchases",
        "SELECT product_a, sum(baskets), avg(score) FROM co_purchases GROUP BY 1 ORDER BY 2 DESC LIMIT 10",
    ),
    ("count(*) of co_purchases", "SELECT count(*) FROM co_purchases"),
    ("GROUP BY over order_items", "SELECT category, sum(amount), count(*) FROM order_items GROUP BY 1 ORDER BY 2 DESC"),
    (
        "join of revenue_by_day_product and products",
        "SELECT p.name, sum(r.revenue) FROM revenue_by_day_product r JOIN products p USING (product_id) GROUP BY 1 ORDER BY 2 DESC LIMIT 10",
    ),
    ("GROUP BY over topic_orders", "SELECT type, count(*) FROM topic_orders GROUP BY 1"),
];

impl SqlArguments {
    pub(crate) fn run(&self) -> Result<()> {
        let service = Service::at(&self.address);
        let orders = service.ask("SELECT order_id FROM orders LIMIT 1000", &[])?.0;
        let ids: Vec<&Value> = orders.iter().filter_map(|row| row.get(0)).collect();
        ensure!(!ids.is_empty(), "the service has no orders to ask for yet");
        println!("| query | rows read | p50 ms | p99 ms | max ms |\n|---|---|---|---|---|");
        let mut points = Vec::new();
        for turn in 0..self.points as usize {
            let id = ids.get(turn % ids.len()).context("an order")?;
            points.push(service.ask("SELECT status, total FROM orders WHERE order_id = $1", &[(*id).clone()])?.1);
        }
        print("a row by its key", 1, points);
        for (name, query) in QUERIES {
            let table = query.split(" FROM ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or_default();
            let count = service.ask(&format!("SELECT count(*) FROM {table}"), &[])?.0;
            let count = count.first().and_then(|row| row.get(0)?.as_u64()).unwrap_or(0);
            let times: Result<Vec<Duration>> = (0..self.rounds).map(|_| Ok(service.ask(query, &[])?.1)).collect();
            print(name, count, times?);
        }
        Ok(())
    }
}

/// SQL of a running service.
pub(crate) struct Service {
    url: String,
    agent: ureq::Agent,
}

impl Service {
    pub(crate) fn at(address: &str) -> Self {
        Self { url: format!("http://{address}/v1/sql"), agent: ureq::Agent::new_with_defaults() }
    }

    /// The rows of the answer, and how long it took.
    pub(crate) fn ask(&self, query: &str, params: &[Value]) -> Result<(Vec<Value>, Duration)> {
        let begin = Instant::now();
        let mut answer = self
            .agent
            .post(&self.url)
            .send_json(json!({"query": query, "params": params}))
            .context(query.to_owned())?;
        let answer: Value = answer.body_mut().with_config().limit(1 << 30).read_json()?;
        let took = begin.elapsed();
        Ok((answer.get("rows").and_then(Value::as_array).cloned().unwrap_or_default(), took))
    }
}

/// That time, ms, below which such a share of sorted times lies.
pub(crate) fn percentile(sorted: &[Duration], share: f64) -> f64 {
    let place = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(place.saturating_sub(1)).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
}

fn print(name: &str, rows: u64, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |share| percentile(&times, share);
    println!("| {name} | {rows} | {:.2} | {:.2} | {:.2} |", at(0.5), at(0.99), at(1.0));
}
