//! Which cases are held to another output, and which wait for operators.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value as Json;

use crate::{Case, CaseError};

/// A case in which Tillstream does something else than Kafka Streams, on purpose.
#[derive(Clone, Debug, Deserialize)]
pub struct Deviation {
    /// The case.
    pub name: String,
    /// Number in the list of Kafka Streams' surprises.
    pub surprise: u32,
    /// Why.
    pub reason: String,
    /// Parts of `expect` that differ, as JSON pointer and JSON text: the output held to be right.
    pub right: BTreeMap<String, String>,
}

/// All deviations.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Deviations {
    /// In the order of the file.
    #[serde(default)]
    pub deviation: Vec<Deviation>,
}

impl Deviations {
    /// Reads the file.
    ///
    /// # Errors
    /// [`CaseError::File`].
    pub fn read(path: &Path) -> Result<Self, CaseError> {
        read(path)
    }

    /// The deviation of `case`, if there is one.
    #[must_use]
    pub fn of(&self, case: &Case) -> Option<&Deviation> {
        self.deviation.iter().find(|deviation| deviation.name == case.name)
    }
}

impl Deviation {
    /// What is held to be right instead of `expected`.
    ///
    /// # Errors
    /// When a part is not there or is not JSON.
    pub fn right(&self, expected: &Json) -> Result<Json, CaseError> {
        let mut right = expected.clone();
        for (pointer, text) in &self.right {
            let part = right.pointer_mut(pointer);
            let part = part.ok_or_else(|| CaseError::meaning(format!("{} has no part {pointer}", self.name)))?;
            *part = serde_json::from_str(text)
                .map_err(|error| CaseError::meaning(format!("{} {pointer}: {error}", self.name)))?;
        }
        Ok(right)
    }
}

/// Parts of the vocabulary that cannot be built yet.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct NotYet {
    /// A word of [`NotYet::parts_of`] and why it is missing.
    #[serde(default)]
    pub missing: BTreeMap<String, String>,
}

impl NotYet {
    /// Reads the file.
    ///
    /// # Errors
    /// [`CaseError::File`].
    pub fn read(path: &Path) -> Result<Self, CaseError> {
        read(path)
    }

    /// The missing part that `case` uses, if any.
    #[must_use]
    pub fn part_of(&self, case: &Case) -> Option<String> {
        Self::parts_of(case).into_iter().find(|part| self.missing.contains_key(part))
    }

    /// The parts of the vocabulary a case uses: its operators, windows (`window session`), strategies
    /// (`emit on_window_close`), kinds of stores (`store lru`) and the like.
    #[must_use]
    pub fn parts_of(case: &Case) -> Vec<String> {
        let mut parts = Vec::new();
        let text = |json: &Json, field: &str| json.get(field).and_then(Json::as_str).map(str::to_owned);
        for op in &case.topology {
            parts.extend(text(op, "op"));
            parts.extend(op.get("window").and_then(|window| text(window, "kind")).map(|kind| format!("window {kind}")));
            parts.extend(text(op, "strategy").map(|strategy| format!("emit {strategy}")));
            parts.extend(op.get("history_ms").map(|_| "store versioned".to_owned()));
            parts.extend(op.get("grace_ms").map(|_| "join grace".to_owned()));
        }
        for store in &case.stores {
            parts.extend(text(store, "kind").map(|kind| format!("store {kind}")));
            parts.extend(store.get("lru_max").map(|_| "store lru".to_owned()));
        }
        parts
    }
}

fn read<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<T, CaseError> {
    let fault = |detail: String| CaseError::File { path: path.display().to_string(), detail };
    let text = fs::read_to_string(path).map_err(|error| fault(error.to_string()))?;
    toml::from_str(&text).map_err(|error| fault(error.to_string()))
}
