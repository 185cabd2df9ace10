//! `tillstream trace`: where single orders spent their time.

use serde_json::Value;

use super::lag::Format;
use crate::client::{Client, DEFAULT_URL};
use crate::configuration::ConfigArgs;
use crate::logging;
use crate::terminal::{Align, Table, Waterfall, print};

/// Shows a trace of the running service hop by hop, or without an id the newest traces.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tillstream trace                                       the newest traces, each with its slowest span
  tillstream trace --min-duration-ms 500                 only slow ones
  tillstream trace 4bf92f3577b34da6a3ce929d0e0e4736      one of them, as bars
  tillstream trace 4bf92f3577b34da6a3ce929d0e0e4736 --format json --url http://shop:8080")]
pub(super) struct TraceArgs {
    /// The trace, 32 hexadecimal digits.
    id: Option<String>,
    /// Most traces to list.
    #[arg(long, default_value_t = 20)]
    limit: u32,
    /// List only traces that took so long, ms.
    #[arg(long, value_name = "MS", default_value_t = 0)]
    min_duration_ms: u32,
    /// The running service.
    #[arg(long, default_value = DEFAULT_URL)]
    url: String,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

impl TraceArgs {
    pub(super) fn run(&self, configuration: &ConfigArgs) -> anyhow::Result<()> {
        logging::start(&configuration.load(&[])?.config.logging, true)?;
        let client = Client::new(&self.url);
        let answer = match &self.id {
            // It becomes part of a path: the service is to see it as it is.
            Some(id) if !id.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                anyhow::bail!("{id:?} is not a trace id: expected 32 hexadecimal digits")
            }
            Some(id) => client.get(&format!("/v1/traces/{id}"))?,
            None => client.get(&format!("/v1/traces?limit={}&minDurationMs={}", self.limit, self.min_duration_ms))?,
        };
        match (self.format, &self.id) {
            (Format::Json, _) => print(format_args!("{answer:#}\n"))?,
            (Format::Table, Some(_)) => print(waterfall(&answer))?,
            (Format::Table, None) => print(list(&answer))?,
        }
        Ok(())
    }
}

fn list(answer: &Value) -> Table {
    let mut table = Table::new(&[
        ("trace", Align::Left),
        ("start", Align::Left),
        ("ms", Align::Right),
        ("spans", Align::Right),
        ("slowest", Align::Left),
        ("ms", Align::Right),
    ]);
    for trace in answer["traces"].as_array().into_iter().flatten() {
        let slowest = &trace["slowest"];
        let of = |field: &str| Table::cell(&trace[field]);
        let cells = [of("traceId"), of("start"), of("durationMs"), of("spans")];
        table.row(cells.into_iter().chain([Table::cell(&slowest["name"]), Table::cell(&slowest["durationMs"])]));
    }
    table
}

fn waterfall(answer: &Value) -> Waterfall {
    let mut waterfall = Waterfall::new(answer["durationMs"].as_u64().unwrap_or(0));
    for span in answer["spans"].as_array().into_iter().flatten() {
        let number = |field: &str| span[field].as_u64().unwrap_or(0);
        let indent = " ".repeat(usize::try_from(number("depth")).unwrap_or(0).min(20));
        let failed = span.pointer("/attributes/error.type");
        let failed = failed.map(|class| format!(": {}", Table::cell(class))).unwrap_or_default();
        let name = format!("{indent}{}{failed}", Table::cell(&span["name"]));
        waterfall.add(name, number("offsetMs"), number("durationMs"));
    }
    waterfall
}
