//! Where a value came from.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// The layer that an effective value came from, as exactly as the layer can say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The built-in `default.toml`.
    Default,
    /// A configuration file.
    File {
        /// The file as it was named.
        path: PathBuf,
        /// The line in it, from 1; 0 where the fault is the file itself.
        line: usize,
    },
    /// The environment variable of this name.
    Environment(String),
    /// A flag of the command line.
    Flag,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line: 0 } => path.display().fmt(f),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag => f.write_str("flag"),
        }
    }
}

/// The origin of each key; what no layer has set is the default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(BTreeMap<String, Origin>);

impl Origins {
    /// The origin of the value of a key such as `"streams.threads"`. The entries of a table such as
    /// `"log.topic_retention.orders"` have the origin of the table, since a layer replaces it as a whole.
    #[must_use]
    pub fn of(&self, key: &str) -> &Origin {
        let key = match key.match_indices('.').nth(1) {
            Some((end, _)) => key.get(..end).unwrap_or(key),
            None => key,
        };
        self.0.get(key).unwrap_or(&Origin::Default)
    }

    pub(crate) fn set(&mut self, key: &str, origin: Origin) {
        self.0.insert(key.to_owned(), origin);
    }
}
