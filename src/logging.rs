//! What the program tells about itself, on stderr.

use std::io::IsTerminal as _;

use tillstream_config::{LogFormat, Logging};
use tracing_subscriber::EnvFilter;

use crate::usage::UsageError;

/// Starts logging as configured. With `quiet` only warnings are told, unless the configuration names a filter of its own.
///
/// # Errors
/// When the filter cannot be read.
pub(crate) fn start(logging: &Logging, quiet: bool) -> Result<(), UsageError> {
    let filter = if quiet && logging.filter == "info" { "warn" } else { &logging.filter };
    let filter = EnvFilter::try_new(filter)
        .map_err(|error| UsageError::CommandLine(format!("logging.filter = {:?}: {error}", logging.filter)))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start, such as by a test, keeps the first.
    let _ = match logging.format {
        LogFormat::Text => builder.with_ansi(std::io::stderr().is_terminal()).with_target(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    Ok(())
}
