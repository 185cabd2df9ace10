//! What is asked: points and windows that the service holds, in a fixed mix.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::connection::Connection;

/// Kinds of question, ten to a round: four are points, three are windows. `livez` needs no answer at all: what it takes is
/// what HTTP and a busy machine cost.
const ROUND: [&str; 10] = ["order", "hours", "order", "stock", "top", "order", "minutes", "livez", "hours", "together"];

#[derive(Debug)]
pub(super) struct Questions {
    orders: Vec<String>,
    stock: Vec<String>,
    together: Vec<String>,
    hours: [String; 1],
    minutes: [String; 1],
    top: [String; 1],
    livez: [String; 1],
}

impl Questions {
    /// Finds out what the service can be asked.
    pub(super) fn about(service: &mut Connection) -> Result<Self> {
        let orders = json(service, "/v1/orders?limit=1000")?;
        let as_of = orders.get("asOf").and_then(Value::as_str).context("the service has seen no event yet")?.to_owned();
        let (day, hour) = (as_of.get(..10).unwrap_or_default(), as_of.get(..13).unwrap_or_default());
        let paths = |list: &Value, field: &str, path: fn(&str) -> String| -> Vec<String> {
            let items = list.get("items").and_then(Value::as_array);
            items.into_iter().flatten().filter_map(|item| item.get(field)?.as_str()).map(path).collect()
        };
        let top = json(service, "/v1/products/top?limit=500")?;
        let questions = Self {
            orders: paths(&orders, "orderId", |id| format!("/v1/orders/{id}")),
            stock: paths(&json(service, "/v1/stock?limit=1000")?, "productId", |id| format!("/v1/stock/{id}")),
            together: paths(&top, "productId", |id| format!("/v1/products/{id}/bought-together")),
            hours: [format!("/v1/metrics/revenue?granularity=hour&from={day}")],
            minutes: [format!("/v1/metrics/gross-revenue?granularity=minute&from={hour}:00:00Z")],
            top: ["/v1/products/top?window=24h".to_owned()],
            livez: ["/livez".to_owned()],
        };
        let known = [&questions.orders, &questions.stock, &questions.together];
        ensure!(
            known.iter().all(|paths| !paths.is_empty()),
            "the service has no orders, stock or sales to ask for yet"
        );
        Ok(questions)
    }

    /// The kind and path of the request with this number.
    pub(super) fn at(&self, number: u64) -> (&'static str, &str) {
        let turn = usize::try_from(number).unwrap_or(usize::MAX);
        let kind = ROUND.get(turn % ROUND.len()).copied().unwrap_or("livez");
        let paths: &[String] = match kind {
            "order" => &self.orders,
            "stock" => &self.stock,
            "together" => &self.together,
            "hours" => &self.hours,
            "minutes" => &self.minutes,
            "top" => &self.top,
            _ => &self.livez,
        };
        // A prime far above any length: one goes through all of them in an order that looks like none.
        let path = paths.get(turn.wrapping_mul(1_000_003) % paths.len().max(1)).map_or("/livez", String::as_str);
        (kind, path)
    }
}

fn json(service: &mut Connection, path: &str) -> Result<Value> {
    let answer = service.get(path)?;
    ensure!(answer.is_ok(), "{path} answered {}: {}", answer.status, String::from_utf8_lossy(answer.body));
    Ok(serde_json::from_slice(answer.body)?)
}
