//! `[logging]`

use serde::{Deserialize, Serialize};

use crate::FaultKind::OutOfRange;
use crate::checks::Checks;

/// What the program tells about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Logging {
    /// Least level, and exceptions by target.
    pub filter: String,
    /// For whom.
    pub format: LogFormat,
}

/// For whom the program's messages are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// People.
    Text,
    /// Log collectors: one JSON object a line.
    Json,
}

impl Logging {
    pub(crate) fn check(&self, checks: &mut Checks<'_>) {
        if self.filter.trim().is_empty() {
            let remedy = "name a level: error, warn, info, debug, trace or off";
            checks.refuse(OutOfRange, "logging.filter", &self.filter, "empty", remedy);
        }
    }
}
