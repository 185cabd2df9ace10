//! A case as it lies in its file.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use crate::CaseError;

/// A topology, what is fed to it, and what Kafka Streams made of it.
#[derive(Clone, Debug, Deserialize)]
pub struct Case {
    /// Its name; for cases in files with the folder in front.
    pub name: String,
    /// Settings by their Kafka name.
    #[serde(default)]
    pub config: Map<String, Json>,
    /// Where the wall clock stands at first, epoch ms.
    #[serde(default)]
    pub wall_clock_start_ms: i64,
    /// Stores for processors.
    #[serde(default)]
    pub stores: Vec<Json>,
    /// Operators, in building order.
    pub topology: Vec<Json>,
    /// Records and moves of the wall clock.
    pub events: Vec<Json>,
    /// What Kafka Streams gave.
    pub expect: Json,
}

impl Case {
    /// A setting's text, numbers and truth values included.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<String> {
        self.config.get(name).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    }

    /// A setting's number.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<i64> {
        self.setting(name)?.parse().ok()
    }

    /// All cases below `directory`, one a file, by path.
    ///
    /// # Errors
    /// [`CaseError::File`].
    pub fn all(directory: &Path) -> Result<Vec<Self>, CaseError> {
        let mut cases = Vec::new();
        for folder in entries(directory)? {
            let theme = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            for path in entries(&folder)? {
                let text = fs::read_to_string(&path).map_err(|error| file(&path, error))?;
                let mut case: Self = serde_json::from_str(&text).map_err(|error| file(&path, error))?;
                case.name = format!("{theme}/{}", case.name);
                cases.push(case);
            }
        }
        Ok(cases)
    }

    /// All cases of a compressed file, one a line.
    ///
    /// # Errors
    /// [`CaseError::File`].
    pub fn lines(path: &Path) -> Result<Vec<Self>, CaseError> {
        let reader = BufReader::new(GzDecoder::new(fs::File::open(path).map_err(|error| file(path, error))?));
        let read = |line: std::io::Result<String>| {
            serde_json::from_str(&line.map_err(|error| file(path, error))?).map_err(|error| file(path, error))
        };
        reader.lines().map(read).collect()
    }
}

fn entries(directory: &Path) -> Result<Vec<PathBuf>, CaseError> {
    let entries = fs::read_dir(directory).map_err(|error| file(directory, error))?;
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| file(directory, error))?;
    paths.sort();
    Ok(paths)
}

fn file(path: &Path, error: impl std::fmt::Display) -> CaseError {
    CaseError::File { path: path.display().to_string(), detail: error.to_string() }
}
