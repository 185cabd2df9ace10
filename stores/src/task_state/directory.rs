//! Directories of tasks.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::Error;

/// Moves the damaged directory `dir` out of the way, to `<dir>.damaged-<n>` beside it, and answers where it is now. Nothing
/// is lost: it can be looked into, and removed once the task is restored.
///
/// # Errors
/// [`Error::Directory`].
pub fn quarantine(dir: &Path) -> Result<PathBuf, Error> {
    let mut number = 1_u32;
    let place = loop {
        let mut name = dir.as_os_str().to_owned();
        name.push(format!(".damaged-{number}"));
        let place = PathBuf::from(name);
        if !place.exists() {
            break place;
        }
        number += 1;
    };
    fs::rename(dir, &place).map_err(|error| failed(dir, &error))?;
    Ok(place)
}

pub(super) fn create(dir: &Path) -> Result<(), Error> {
    fs::create_dir_all(dir).map_err(|error| failed(dir, &error))
}

pub(super) fn remove(dir: &Path) -> Result<(), Error> {
    fs::remove_dir_all(dir).map_err(|error| failed(dir, &error))
}

fn failed(path: &Path, error: &io::Error) -> Error {
    Error::Directory { path: path.to_path_buf(), detail: error.to_string() }
}
