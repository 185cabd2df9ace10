//! `tillstream dead-letters`: what was refused, and putting it back.

use std::str::FromStr;
use std::sync::Arc;

use clap::Subcommand;
use serde_json::Value;
use tillstream_api::offline;
use tillstream_config::Config;
use tillstream_runtime::log::Log;

use super::lag::{Format, Place};
use crate::client::Client;
use crate::configuration::ConfigArgs;
use crate::logging;
use crate::service::open_existing_log;
use crate::terminal::{Align, Table, print};

/// Looks at refused records and puts them back after a fix. Asks the running service, or opens the data directory when none
/// answers.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tillstream dead-letters                   the newest, with the reason
  tillstream dead-letters show 0/17         one of them, as it came
  tillstream dead-letters replay 0/17 0/18  back to the topics they came from")]
pub(super) struct DeadLettersArgs {
    #[command(flatten)]
    place: Place,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Format::Table, global = true)]
    format: Format,
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Clone, Debug, Subcommand)]
enum Action {
    /// Lists the newest (the default).
    List {
        /// Most letters to list, 1 to 500.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=500))]
        limit: u16,
    },
    /// Shows one as it came.
    Show {
        /// Which: partition/offset.
        letter: Letter,
    },
    /// Puts letters back to the topics they came from.
    Replay {
        /// Which: partition/offset.
        #[arg(required = true)]
        letters: Vec<Letter>,
    },
}

/// Partition and offset of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Letter {
    partition: u32,
    offset: i64,
}

impl FromStr for Letter {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let letter = text.split_once('/').and_then(|(partition, offset)| {
            Some(Self {
                partition: partition.parse().ok()?,
                offset: offset.parse().ok().filter(|offset| *offset >= 0)?,
            })
        });
        letter.ok_or("expected partition/offset, such as 0/17")
    }
}

impl DeadLettersArgs {
    pub(super) fn run(&self, configuration: &ConfigArgs) -> anyhow::Result<()> {
        let loaded = configuration.load(&self.place.flags())?;
        logging::start(&loaded.config.logging, true)?;
        let letters = Letters::find(&self.place, &loaded.config)?;
        match self.action.clone().unwrap_or(Action::List { limit: 50 }) {
            Action::List { limit } => {
                let page = letters.list(limit)?;
                match self.format {
                    Format::Json => print(format_args!("{page:#}\n"))?,
                    Format::Table => print(table(&page))?,
                }
            }
            Action::Show { letter } => print(format_args!("{:#}\n", letters.show(letter)?))?,
            Action::Replay { letters: chosen } => {
                for letter in chosen {
                    print(format_args!("{}\n", letters.replay(letter)?))?;
                }
            }
        }
        Ok(())
    }
}

/// Where letters are read from.
enum Letters {
    Service(Client),
    Directory { log: Arc<dyn Log>, topic: String },
}

impl Letters {
    fn find(place: &Place, config: &Config) -> anyhow::Result<Self> {
        let client = Client::new(&place.url);
        if client.answers() {
            return Ok(Self::Service(client));
        }
        let log = open_existing_log(config, client.url())?;
        Ok(Self::Directory { log, topic: config.topics.dead_letters.clone() })
    }

    fn list(&self, limit: u16) -> anyhow::Result<Value> {
        match self {
            Self::Service(client) => client.get(&format!("/v1/dead-letters?limit={limit}")),
            Self::Directory { log, topic } => Ok(offline::dead_letters(&**log, topic, usize::from(limit))?),
        }
    }

    fn show(&self, letter: Letter) -> anyhow::Result<Value> {
        let Letter { partition, offset } = letter;
        match self {
            Self::Service(client) => client.get(&format!("/v1/dead-letters/{partition}/{offset}")),
            Self::Directory { log, topic } => Ok(offline::dead_letter(&**log, topic, partition, offset)?),
        }
    }

    fn replay(&self, letter: Letter) -> anyhow::Result<Value> {
        let Letter { partition, offset } = letter;
        match self {
            Self::Service(client) => client.post(&format!("/v1/dead-letters/{partition}/{offset}/replay")),
            Self::Directory { log, topic } => Ok(offline::replay_dead_letter(&**log, topic, partition, offset)?),
        }
    }
}

fn table(page: &Value) -> Table {
    let columns = [("letter", Align::Right), ("time", Align::Left), ("from", Align::Left), ("class", Align::Left)];
    let mut table = Table::new(&[columns.as_slice(), &[("reason", Align::Left)]].concat());
    for item in page["items"].as_array().into_iter().flatten() {
        let of = |value: &Value| Table::cell(value);
        let place = format!("{}/{}", of(&item["partition"]), of(&item["offset"]));
        let from = &item["from"];
        let from = format!("{}-{}@{}", of(&from["topic"]), of(&from["partition"]), of(&from["offset"]));
        table.row([place, of(&item["timestamp"]), from, of(&item["class"]), of(&item["reason"])]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_named_by_partition_and_offset() {
        assert_eq!("3/17".parse(), Ok(Letter { partition: 3, offset: 17 }));
        for wrong in ["3", "3/", "/17", "-1/2", "1/-2", "a/b", "1/2/3"] {
            assert!(wrong.parse::<Letter>().is_err(), "{wrong}");
        }
    }
}
