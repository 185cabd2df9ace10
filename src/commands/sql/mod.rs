//! `tillstream sql`: any question, in SQL.

mod directory;
mod door;
mod failure;
mod prompt;
mod show;

use std::io::{IsTerminal as _, Read as _, Write as _};

use anyhow::Context as _;
use clap::ValueEnum;
use serde_json::Value;
use tillstream_api::sql;

use self::door::Door;
use self::failure::Failure;
use super::lag::Place;
use crate::configuration::ConfigArgs;
use crate::logging;
use crate::terminal::Output;

/// Asks in SQL: one query, or a prompt without one. Asks the running service, or reads the data directory when none answers.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tillstream sql                                     a prompt; \\d lists the tables
  tillstream sql \"SELECT window_start, revenue FROM revenue_by_month ORDER BY 1\"
  tillstream sql --format csv \"SELECT * FROM orders WHERE status = 'cancelled'\" > cancelled.csv
  tillstream sql --param 536365 'SELECT * FROM order_items WHERE order_id = $1'
  tillstream sql --data ./data/demo \"SELECT * FROM sys_lag\"     without a running service
  echo 'SELECT count(*) FROM orders' | tillstream sql")]
pub(super) struct SqlArgs {
    /// The query; without one there is a prompt, or the query is read from standard input where that is no terminal.
    query: Option<String>,
    /// How answers are printed.
    #[arg(long, value_enum, default_value_t = Form::Table)]
    format: Form,
    /// Value of the next placeholder ($1, $2, …): JSON, or else text; may be given several times.
    #[arg(long = "param", value_name = "VALUE")]
    params: Vec<String>,
    #[command(flatten)]
    place: Place,
}

/// How answers are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    /// Columns for people.
    Table,
    /// One JSON object.
    Json,
    /// A JSON object a row.
    Ndjson,
    /// Lines of values.
    Csv,
    /// Apache Arrow's stream.
    Arrow,
    /// Apache Parquet.
    Parquet,
}

impl Form {
    /// The form to ask for: people's is made of JSON.
    fn format(self) -> sql::Format {
        match self {
            Self::Table | Self::Json => sql::Format::Json,
            Self::Ndjson => sql::Format::Ndjson,
            Self::Csv => sql::Format::Csv,
            Self::Arrow => sql::Format::Arrow,
            Self::Parquet => sql::Format::Parquet,
        }
    }
}

impl SqlArgs {
    pub(super) fn run(&self, configuration: &ConfigArgs) -> anyhow::Result<()> {
        let loaded = configuration.load(&self.place.flags())?;
        logging::start(&loaded.config.logging, true)?;
        let door = Door::open(&self.place.url, &loaded)?;
        let query = match &self.query {
            Some(query) => query.clone(),
            None if std::io::stdin().is_terminal() => return prompt::run(&door, self.format, &loaded.config),
            None => {
                let mut query = String::new();
                std::io::stdin().read_to_string(&mut query).context("standard input cannot be read as a query")?;
                query
            }
        };
        let asked = ask(&door, &query, self.params(), self.format);
        // The failure itself, in one piece: the caller's prefix is for everything else.
        asked.map_err(|failure| anyhow::anyhow!("{}", failure.shown(&query)))
    }

    fn params(&self) -> Vec<Value> {
        let value = |text: &String| serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone()));
        // Only plain values: what looks like an array is meant as text.
        let plain = |text: &String| match value(text) {
            Value::Array(_) | Value::Object(_) => Value::String(text.clone()),
            plain => plain,
        };
        self.params.iter().map(plain).collect()
    }
}

/// Asks and prints the answer on standard output.
fn ask(door: &Door, query: &str, params: Vec<Value>, form: Form) -> Result<(), Failure> {
    let mut out = Output::stdout();
    let printed = if form == Form::Table {
        let mut answer = Vec::new();
        door.ask(query, params, form.format(), &mut answer)?;
        show::table(&answer, &mut out)
    } else {
        let asked = door.ask(query, params, form.format(), &mut out);
        out.settle(asked)?;
        if form == Form::Json { writeln!(out) } else { Ok(()) }
    };
    let printed = printed.and_then(|()| out.flush());
    out.settle(printed).map_err(|error| Failure::new(format!("standard output: {error}")))
}
