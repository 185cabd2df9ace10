//! Mistakes of whoever called the program.

use tillstream_config::Faults;

/// Wrong usage or configuration; the program ends with exit code 2.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UsageError {
    /// The configuration has faults, one a line.
    #[error("the configuration is not valid:\n{0}")]
    Configuration(#[from] Faults),
    /// The command line asks for something that cannot be.
    #[error("{0}")]
    CommandLine(String),
}
