//! The configuration as a whole.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::checks::Checks;
use crate::sections::{
    Application, Http, Kafka, Log, Logging, Recommendations, Shop, Simulate, Sql, State, Streams, Topics, Tracing,
};
use crate::{DEFAULT_TOML, Fault, Faults, Loaded, Origins, layers};

/// The configuration: one field a section, each documented key by key in [`DEFAULT_TOML`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Who this application is and where it keeps its data.
    pub application: Application,
    /// The log that records are read from and written to.
    pub log: Log,
    /// The Kafka cluster, when it is the log.
    pub kafka: Kafka,
    /// Topic names by role.
    pub topics: Topics,
    /// The stream processor.
    pub streams: Streams,
    /// The state stores.
    pub state: State,
    /// The shop application.
    pub shop: Shop,
    /// What is learned from customers, and how lists are made of it.
    pub recommendations: Recommendations,
    /// The HTTP server.
    pub http: Http,
    /// SQL.
    pub sql: Sql,
    /// The made-up shop of `tillstream simulate`.
    pub simulate: Simulate,
    /// What the program tells about itself.
    pub logging: Logging,
    /// Traces of single orders.
    pub tracing: Tracing,
}

impl Default for Config {
    /// The values of [`DEFAULT_TOML`].
    #[expect(clippy::expect_used, reason = "the text is compiled in and read by every test: it cannot fail on a user")]
    fn default() -> Self {
        toml::from_str(DEFAULT_TOML).expect("default.toml has each key once")
    }
}

impl Config {
    /// Lays the file, the variables of the environment (those that begin with `TILLSTREAM__`; others are passed over)
    /// and the flags (each `section.key=value`) over the defaults.
    ///
    /// # Errors
    ///
    /// All faults at once: of the file, of single settings, and between settings.
    pub fn load<E, F>(file: Option<&Path>, env: E, overrides: F) -> Result<Loaded, Faults>
    where
        E: IntoIterator<Item = (String, String)>,
        F: IntoIterator<Item: AsRef<str>>,
    {
        let file = file.map(layers::file).unwrap_or_default();
        let assignments = file.into_iter().chain(layers::environment(env)).chain(layers::flags(overrides));
        let mut loaded = Loaded::defaults();
        let mut faults: Vec<_> = assignments
            .filter_map(|assignment| assignment.and_then(|a| loaded.assign(a)).err())
            .map(|fault| *fault)
            .collect();
        faults.extend(loaded.config.faults(&loaded.origins));
        Faults::unless_empty(faults)?;
        Ok(loaded)
    }

    /// Judges the values as they stand, such as after a change in code. `origins` tells where each came from, for the
    /// messages only.
    ///
    /// # Errors
    ///
    /// All values that are out of range, contradict each other, or ask for what this build cannot do.
    pub fn check(&self, origins: &Origins) -> Result<(), Faults> {
        Faults::unless_empty(self.faults(origins))
    }

    fn faults(&self, origins: &Origins) -> Vec<Fault> {
        let mut checks = Checks::new(origins);
        self.application.check(&mut checks);
        self.log.check(&mut checks);
        self.kafka.check(&mut checks);
        self.topics.check(&mut checks);
        self.streams.check(&mut checks);
        self.state.check(&mut checks);
        self.shop.check(&mut checks);
        self.recommendations.check(&mut checks);
        self.http.check(&mut checks);
        self.sql.check(&mut checks);
        self.simulate.check(&mut checks);
        self.logging.check(&mut checks);
        self.tracing.check(&mut checks);
        checks.at_least(
            ("http.body_limit", self.http.body_limit),
            ("log.max_record_bytes", self.log.max_record_bytes),
            "a record that the log takes must fit into a request",
        );
        checks.at_least(
            ("streams.fetch_max_bytes", self.streams.fetch_max_bytes),
            ("log.max_record_bytes", self.log.max_record_bytes),
            "a fetch must be able to bring the largest record",
        );
        checks.into_faults()
    }
}
