//! The typed configuration of Tillstream.
//!
//! `default.toml` beside this crate's sources is the documentation: every key, what it is, its default, its bounds and
//! why. Layers go over it, each winning over the one before: a TOML file, the environment
//! (`TILLSTREAM__SECTION__KEY`), flags (`section.key=value`). Each effective value knows where it came from, and all
//! faults are reported at once, each with what to do about it.
//!
//! The environment is handed in: nothing here reads it, or the clock. The file named to [`Config::load`] is the only
//! thing that is read.
//!
//! ```
//! use tillstream_config::{Config, Millis};
//!
//! let env = [("TILLSTREAM__STREAMS__COMMIT_INTERVAL".to_owned(), "200 ms".to_owned())];
//! let loaded = Config::load(None, env, ["streams.threads=4"])?;
//! assert_eq!(loaded.config.streams.commit_interval, Millis::new(200));
//! assert_eq!(loaded.config.streams.threads, 4);
//! assert_eq!(loaded.origins.of("streams.threads").to_string(), "flag");
//!
//! let faults = Config::load(None, [], ["streams.thread=4", "state.memory=1 MiB"]).unwrap_err();
//! assert_eq!(faults.len(), 2);
//! # Ok::<(), tillstream_config::Faults>(())
//! ```

mod checks;
mod config;
mod document;
mod fault;
mod layers;
mod loaded;
mod origin;
mod schema;
mod sections;
mod units;

pub use config::Config;
pub use fault::{Fault, FaultKind, Faults};
pub use loaded::Loaded;
pub use origin::{Origin, Origins};
pub use schema::DEFAULT_TOML;
pub use sections::{
    Application, Fsync, GroupProtocol, Http, Kafka, Log, LogFormat, LogKind, Logging, Recommendations, Shop, Simulate,
    Sql, SqlIsolation, State, Streams, Topics, Tracing,
};
pub use units::{Bytes, Millis, Retention, UnitError};
