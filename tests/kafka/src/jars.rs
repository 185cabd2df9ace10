//! The broker's jars: fetched once, kept in the user's cache.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Unavailable;

/// Version of the broker and of the Java client.
const VERSION: &str = "4.3.0";

/// A directory with the jars of a Kafka broker and its client.
#[derive(Clone, Debug)]
pub struct Jars {
    directory: PathBuf,
}

impl Jars {
    /// The jars in the cache, fetched by Maven if they are not there yet.
    ///
    /// # Errors
    /// [`Unavailable`] when Java or Maven is missing, or Maven cannot fetch.
    pub fn fetch() -> Result<Self, Unavailable> {
        Self::fetch_as("kafka", "pom.xml")
    }

    /// The jars of Kafka Streams and the Java client.
    ///
    /// # Errors
    /// As [`Jars::fetch`].
    pub fn fetch_with_streams() -> Result<Self, Unavailable> {
        Self::fetch_as("kafka-streams", "streams.xml")
    }

    fn fetch_as(name: &str, pom: &str) -> Result<Self, Unavailable> {
        run("java", Command::new("java").arg("-version"))?;
        let cache = cache_directory().ok_or(Unavailable::NoHome)?;
        let directory = cache.join("tillstream").join(format!("{name}-{VERSION}"));
        if !directory.is_dir() {
            fetch_into(&directory, pom)?;
        }
        Ok(Self { directory })
    }

    /// A `java` command with the jars on its class path, for what is to be up soon and does little.
    pub fn java(&self, heap: &str) -> Command {
        self.java_with(&[heap, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"])
    }

    /// A `java` command with the jars on its class path and `flags` for the machine.
    pub fn java_with(&self, flags: &[&str]) -> Command {
        let mut command = Command::new("java");
        command.args(flags).arg("-Dorg.slf4j.simpleLogger.defaultLogLevel=error").arg("-cp").arg(self.class_path());
        command
    }

    /// All jars, for `-cp`.
    pub fn class_path(&self) -> OsString {
        let mut class_path: OsString = self.directory.clone().into();
        class_path.push("/*");
        class_path
    }
}

fn cache_directory() -> Option<PathBuf> {
    let cache = env::var_os("XDG_CACHE_HOME").filter(|path| !path.is_empty()).map(PathBuf::from);
    cache.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cache")))
}

/// Fetches beside the final place and moves there, so that a half-fetched directory is never taken for a whole one.
fn fetch_into(directory: &Path, pom: &str) -> Result<(), Unavailable> {
    let failed = |detail: std::io::Error| Unavailable::Failed { command: "mvn".to_owned(), detail: detail.to_string() };
    let parent = directory.parent().unwrap_or(directory);
    fs::create_dir_all(parent).map_err(failed)?;
    let fetched = tempfile::tempdir_in(parent).map_err(failed)?;
    let pom = Path::new(env!("CARGO_MANIFEST_DIR")).join(pom);
    let mut maven = Command::new("mvn");
    maven
        .args(["-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime", "-f"])
        .arg(pom)
        .arg(format!("-DoutputDirectory={}", fetched.path().display()));
    run("mvn", &mut maven)?;
    match fs::rename(fetched.path(), directory) {
        Err(error) if !directory.is_dir() => Err(failed(error)),
        // Moved, or another test process was quicker.
        _ => Ok(()),
    }
}

/// Runs a command to its end.
pub(crate) fn run(name: &str, command: &mut Command) -> Result<(), Unavailable> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Unavailable::Failed { command: name.to_owned(), detail: error.to_string() })?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(Unavailable::Failed { command: name.to_owned(), detail: String::from_utf8_lossy(&said).trim().to_owned() })
}
