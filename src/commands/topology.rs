//! `tillstream topology`: what the application is made of.

use clap::ValueEnum;
use tillstream_processors::shop;

use crate::configuration::ConfigArgs;
use crate::service::shop_settings;
use crate::terminal::print;

/// Prints the topology as text in Kafka Streams' format, or as a chart.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tillstream topology                     as text
  tillstream topology graph > shop.mmd    as a Mermaid chart
  tillstream topology --format dot | dot -Tsvg > shop.svg")]
pub(super) struct TopologyArgs {
    /// In which form.
    #[arg(value_enum, default_value_t = Form::Describe)]
    form: Form,
    /// In which language, if not the form's own.
    #[arg(long, value_enum)]
    format: Option<Format>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    /// The text of Kafka Streams' `describe()`.
    Describe,
    /// A chart, in Mermaid's language.
    Graph,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// The text of Kafka Streams' `describe()`.
    Text,
    /// A Mermaid flow chart.
    Mermaid,
    /// A Graphviz graph.
    Dot,
}

impl From<Form> for Format {
    fn from(form: Form) -> Self {
        match form {
            Form::Describe => Self::Text,
            Form::Graph => Self::Mermaid,
        }
    }
}

impl TopologyArgs {
    pub(super) fn run(&self, configuration: &ConfigArgs) -> anyhow::Result<()> {
        let loaded = configuration.load(&[])?;
        let topology = shop::topology(&shop_settings(&loaded.config))?;
        match self.format.unwrap_or_else(|| self.form.into()) {
            Format::Text => print(topology.describe())?,
            Format::Mermaid => print(topology.mermaid())?,
            Format::Dot => print(topology.dot())?,
        }
        Ok(())
    }
}
