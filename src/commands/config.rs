//! `tillstream config`: the effective configuration.

use clap::ValueEnum;

use crate::configuration::ConfigArgs;
use crate::terminal::print;

/// Shows the effective configuration with the origin of each value, or checks it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tillstream config                                  each value and where it came from
  tillstream config print > tillstream.toml          freeze the configuration
  tillstream config check --config tillstream.toml   all faults at once; exit code 2 if there are any")]
pub(super) struct ConfigCommandArgs {
    /// What to do.
    #[arg(value_enum, default_value_t = Action::Print)]
    action: Action,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Action {
    /// Print it as TOML.
    Print,
    /// Say whether it is valid.
    Check,
}

impl ConfigCommandArgs {
    pub(super) fn run(&self, configuration: &ConfigArgs) -> anyhow::Result<()> {
        let loaded = configuration.load(&[])?;
        match self.action {
            Action::Print => print(loaded.print())?,
            Action::Check => print("the configuration is valid\n")?,
        }
        Ok(())
    }
}
