//! `tillstream lag`: how far consumers are behind.

use std::path::PathBuf;

use clap::ValueEnum;
use serde_json::Value;
use tillstream_api::offline;
use tillstream_config::LogKind;
use tillstream_runtime::{Clock as _, SystemClock};

use crate::client::{Client, DEFAULT_URL};
use crate::configuration::{ConfigArgs, flag};
use crate::logging;
use crate::service::open_existing_log;
use crate::terminal::{Align, Table, print};

/// Shows consumer lag by group, topic and partition, in records and in seconds. Asks the running service, or reads the data
/// directory when none answers.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tillstream lag
  tillstream lag --format json --url http://shop:8080
  tillstream lag --data ./data/demo     without a running service
  tillstream lag --kafka broker:9092    the same on Kafka")]
pub(super) struct LagArgs {
    #[command(flatten)]
    place: Place,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// Where to look: a running service, or a data directory.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Place {
    /// The running service.
    #[arg(long, default_value = DEFAULT_URL, global = true)]
    pub(super) url: String,
    /// The data directory to read when no service answers [application.data_dir].
    #[arg(long, value_name = "DIR", global = true)]
    pub(super) data: Option<PathBuf>,
}

impl Place {
    /// The flags as settings.
    pub(super) fn flags(&self) -> Vec<String> {
        flag("application.data_dir", self.data.as_ref().map(|dir| dir.display())).into_iter().collect()
    }
}

/// How answers are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Columns for people.
    Table,
    /// JSON for programs.
    Json,
}

impl LagArgs {
    pub(super) fn run(&self, configuration: &ConfigArgs) -> anyhow::Result<()> {
        let loaded = configuration.load(&self.place.flags())?;
        logging::start(&loaded.config.logging, true)?;
        let client = Client::new(&self.place.url);
        let lag = if client.answers() {
            client.get("/v1/lag")?
        } else {
            // Brokers go on while the service is down, and events wait there.
            let waits = loaded.config.log.kind == LogKind::Kafka && !loaded.config.application.replay;
            let log = open_existing_log(&loaded.config, client.url())?;
            offline::lag(&*log, waits.then(|| SystemClock.now_ms()))?
        };
        match self.format {
            Format::Json => print(format_args!("{lag:#}\n"))?,
            Format::Table => print(table(&lag))?,
        }
        Ok(())
    }
}

fn table(lag: &Value) -> Table {
    let mut table = Table::new(&[
        ("group", Align::Left),
        ("topic", Align::Left),
        ("partition", Align::Right),
        ("committed", Align::Right),
        ("end", Align::Right),
        ("lag", Align::Right),
        ("seconds", Align::Right),
    ]);
    for group in lag["groups"].as_array().into_iter().flatten() {
        for partition in group["partitions"].as_array().into_iter().flatten() {
            let of = |field: &str| Table::cell(&partition[field]);
            let seconds = format!("{:.1}", partition["lagSeconds"].as_f64().unwrap_or(0.0));
            let name = Table::cell(&group["group"]);
            table.row([name, of("topic"), of("partition"), of("committed"), of("end"), of("lag"), seconds]);
        }
    }
    let none = String::new;
    table.row(["total".to_owned(), none(), none(), none(), none(), Table::cell(&lag["totalLag"]), none()]);
    table
}
