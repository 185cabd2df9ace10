//! The configuration as the command line brings it together: file, environment, flags.

use std::path::PathBuf;

use tillstream_config::{Config, Loaded, Origin};

use crate::usage::UsageError;

/// Flags every command has.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct ConfigArgs {
    /// A TOML file over the built-in defaults.
    #[arg(long, global = true, value_name = "FILE", env = "TILLSTREAM_CONFIG", help_heading = "Configuration")]
    pub(crate) config: Option<PathBuf>,
    /// Sets one value over file and environment; may be given several times.
    #[arg(long = "set", global = true, value_name = "SECTION.KEY=VALUE", help_heading = "Configuration")]
    pub(crate) set: Vec<String>,
    /// The Kafka cluster to work on, in place of the embedded log [log.kind, kafka.bootstrap_servers].
    #[arg(long, global = true, value_name = "HOST:PORT,…", help_heading = "Configuration")]
    pub(crate) kafka: Option<String>,
}

impl ConfigArgs {
    /// Loads the configuration; `flags` are those of the command, each `section.key=value`, and win over `--set`.
    ///
    /// # Errors
    /// All faults at once.
    pub(crate) fn load(&self, flags: &[String]) -> Result<Loaded, UsageError> {
        let servers = self.kafka.as_ref();
        let cluster =
            servers.map(|servers| ["log.kind=kafka".to_owned(), format!("kafka.bootstrap_servers={servers}")]);
        let overrides = self.set.iter().cloned().chain(cluster.into_iter().flatten()).chain(flags.iter().cloned());
        Ok(Config::load(self.config.as_deref(), std::env::vars(), overrides)?)
    }

    /// As [`ConfigArgs::load`], with other defaults than the built-in ones: `defaults` hold where no layer says anything.
    ///
    /// # Errors
    /// All faults at once.
    pub(crate) fn load_with_defaults(&self, flags: &[String], defaults: &[(&str, &str)]) -> Result<Loaded, UsageError> {
        let loaded = self.load(flags)?;
        let unset = defaults.iter().filter(|(key, _)| *loaded.origins.of(key) == Origin::Default);
        let mut all: Vec<String> = unset.map(|(key, value)| format!("{key}={value}")).collect();
        all.extend_from_slice(flags);
        self.load(&all)
    }
}

/// `section.key=value` for a flag that was given.
pub(crate) fn flag(key: &str, value: Option<impl ToString>) -> Option<String> {
    value.map(|value| format!("{key}={}", value.to_string()))
}
