//! `[application]`

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::topics::is_name;
use crate::FaultKind::OutOfRange;
use crate::checks::Checks;

/// Who this application is and where it keeps its data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// Consumer group, and prefix of internal topics.
    pub id: String,
    /// Name of this instance among those of the application; "auto" makes one up and keeps it in `data_dir`.
    pub instance: String,
    /// Directory of the embedded log and the state stores.
    pub data_dir: PathBuf,
    /// Whether the events are a replay of the past, bounded by their own newest record instead of the clock.
    pub replay: bool,
}

impl Application {
    pub(crate) fn check(&self, checks: &mut Checks<'_>) {
        if !is_name(&self.id, 100) {
            let remedy = "use 1 to 100 letters, digits, '.', '_' and '-'";
            checks.refuse(OutOfRange, "application.id", &self.id, "not a name for topics", remedy);
        }
        if !is_name(&self.instance, 100) {
            let remedy = "use 1 to 100 letters, digits, '.', '_' and '-', or \"auto\"";
            checks.refuse(OutOfRange, "application.instance", &self.instance, "not a name", remedy);
        }
        if self.data_dir.as_os_str().is_empty() {
            checks.refuse(OutOfRange, "application.data_dir", "", "empty", "name a directory");
        }
    }
}
