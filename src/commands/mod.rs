//! The commands, one file each.

mod config;
mod dead_letters;
mod demo;
mod evaluate;
mod lag;
mod replay;
mod run;
mod simulate;
mod sql;
mod topology;
mod trace;

use clap::{Parser, Subcommand};

use crate::configuration::ConfigArgs;

/// Live answers from a shop's event log: order sagas, revenue windows, best sellers, co-purchases.
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    max_term_width = 110,
    propagate_version = true,
    after_help = "\
Examples:
  tillstream demo                               a year of real sales, on http://127.0.0.1:8080
  tillstream demo --once                        replay, print the totals as JSON, exit
  tillstream simulate --rate 50                 a made-up shop, live
  tillstream run --config tillstream.toml       the service
  tillstream sql                                any question, in SQL
  tillstream lag                                how far consumers are behind
  tillstream trace                              where single orders spent their time
  tillstream evaluate --model als …             how good a recommender is, on files of pairs

Exit codes: 0 done, 1 failed, 2 wrong usage or configuration. Logs go to stderr, results to stdout."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    configuration: ConfigArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::DemoArgs),
    Run(run::RunArgs),
    Simulate(simulate::SimulateArgs),
    Replay(replay::ReplayArgs),
    Topology(topology::TopologyArgs),
    Sql(sql::SqlArgs),
    Lag(lag::LagArgs),
    Trace(trace::TraceArgs),
    DeadLetters(dead_letters::DeadLettersArgs),
    Evaluate(evaluate::EvaluateArgs),
    Config(config::ConfigCommandArgs),
}

impl Cli {
    /// Runs the command.
    ///
    /// # Errors
    /// What went wrong; a `UsageError` if it is the caller's doing.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let configuration = &self.configuration;
        match self.command {
            Command::Demo(args) => args.run(configuration),
            Command::Run(args) => args.run(configuration),
            Command::Simulate(args) => args.run(configuration),
            Command::Replay(args) => args.run(configuration),
            Command::Topology(args) => args.run(configuration),
            Command::Sql(args) => args.run(configuration),
            Command::Lag(args) => args.run(configuration),
            Command::Trace(args) => args.run(configuration),
            Command::DeadLetters(args) => args.run(configuration),
            Command::Evaluate(args) => args.run(configuration),
            Command::Config(args) => args.run(configuration),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_holds_together() {
        super::Cli::command().debug_assert();
    }

    #[test]
    fn every_command_shows_examples() {
        for command in super::Cli::command().get_subcommands() {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("Examples:"), "{}", command.get_name());
        }
    }
}
