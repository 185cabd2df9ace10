//! The `tillstream` program: results on stdout, logs on stderr; exit code 0 done, 1 failed, 2 wrong usage or configuration.
#![forbid(unsafe_code)]

mod client;
mod commands;
mod configuration;
mod demo;
mod logging;
mod outlet;
mod publish;
mod service;
mod shutdown;
mod terminal;
mod usage;

use std::process::ExitCode;

use clap::Parser as _;

use crate::commands::Cli;
use crate::usage::UsageError;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    // Before anything else, and beside the commands: a query process needs no configuration, no log and no help text.
    if std::env::args_os().nth(1).is_some_and(|command| command == service::SQL_WORKER) {
        return match tillstream_api::sql::worker::serve() {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<UsageError>() => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
