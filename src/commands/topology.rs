//! `tillstream topology`: what the application is made of.

use clap::ValueEnum;
use tillstream_processors::shop;

use crate::configuration::ConfigArgs;
use crate::service::shop_settings;

/// Prints the topology as text in Kafka Streams' format, or as a chart.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tillstream topology                     as text
  tillstream topology graph > shop.mmd    as a Mermaid chart")]
pub(super) struct TopologyArgs {
    /// In which form.
    #[arg(value_enum, default_value_t = Form::Describe)]
    form: Form,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    /// The text of Kafka Streams' `describe()`.
    Describe,
    /// A Mermaid flow chart.
    Graph,
}

impl TopologyArgs {
    pub(super) fn run(&self, configuration: &ConfigArgs) -> anyhow::Result<()> {
        let loaded = configuration.load(&[])?;
        let topology = shop::topology(&shop_settings(&loaded.config))?;
        match self.form {
            Form::Describe => print!("{}", topology.describe()),
            Form::Graph => print!("{}", topology.mermaid()),
        }
        Ok(())
    }
}
