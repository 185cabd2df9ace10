//! Where the bundled sales history lies.

use std::path::{Path, PathBuf};

use crate::usage::UsageError;

/// The file inside the project.
const BUNDLED: [&str; 2] = ["data/online_retail/online_retail.csv.gz", "data/online_retail/online_retail.csv"];

/// Finds the sales history: as named, else in the working directory or above, else in the project the program was built in
/// or lies in.
///
/// # Errors
/// When there is none, with the places that were looked at.
pub(crate) fn find(named: Option<&Path>) -> Result<PathBuf, UsageError> {
    if let Some(path) = named {
        return if path.is_file() {
            Ok(path.to_owned())
        } else {
            Err(UsageError::CommandLine(format!("--source {}: there is no such file", path.display())))
        };
    }
    let starts = [std::env::current_dir().ok(), std::env::current_exe().ok()];
    let built_in = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut places: Vec<PathBuf> =
        starts.iter().flatten().flat_map(|start| start.ancestors()).map(Path::to_owned).collect();
    places.push(built_in);
    let found = places.iter().flat_map(|place| BUNDLED.iter().map(|file| place.join(file))).find(|path| path.is_file());
    found.ok_or_else(|| {
        UsageError::CommandLine(format!(
            "the sales history {} was not found in the working directory, beside the program, or above either; \
             name the file with --source",
            BUNDLED[0]
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_file_must_exist() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("sales.csv");
        assert!(find(Some(&file)).unwrap_err().to_string().contains("no such file"));
        std::fs::write(&file, "").unwrap();
        assert_eq!(find(Some(&file)).unwrap(), file);
    }
}
