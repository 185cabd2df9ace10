//! The name of this instance among those of the application.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::path::Path;

use anyhow::Context as _;
use tillstream_config::Config;

/// The name in the configuration that asks for one to be made up.
const AUTO: &str = "auto";
/// Where a made-up name is kept, in the data directory.
const FILE: &str = "instance";

/// The configured name, or one made up at the first start and kept: after a crash the new process must be known by the
/// name of the old one, so that its unfinished transactions are ended at once.
///
/// # Errors
/// When the data directory cannot be written.
pub(crate) fn instance_name(config: &Config) -> anyhow::Result<String> {
    if config.application.instance != AUTO {
        return Ok(config.application.instance.clone());
    }
    let dir = &config.application.data_dir;
    std::fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
    let path = dir.join(FILE);
    match std::fs::read_to_string(&path) {
        Ok(name) if !name.trim().is_empty() => Ok(name.trim().to_owned()),
        _ => make_up(&path),
    }
}

/// A name that no other process is likely to make up.
pub(crate) fn made_up_name() -> String {
    // Seeded by the system, differently in each process.
    format!("{:08x}", RandomState::new().build_hasher().finish() as u32)
}

fn make_up(path: &Path) -> anyhow::Result<String> {
    let name = made_up_name();
    // Renamed into place, so that a crash leaves no half of a name.
    let draft = path.with_extension("draft");
    std::fs::write(&draft, &name)
        .and_then(|()| std::fs::rename(&draft, path))
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(name)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn a_made_up_name_is_kept_and_a_configured_one_wins() {
        let dir = tempfile::tempdir().unwrap();
        let mut config = Config::default();
        config.application.data_dir = dir.path().join("data");
        let name = instance_name(&config).unwrap();
        assert_eq!(instance_name(&config).unwrap(), name);
        config.application.instance = "till-7".to_owned();
        assert_eq!(instance_name(&config).unwrap(), "till-7");
    }
}
