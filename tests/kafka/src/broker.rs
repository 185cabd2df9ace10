//! The broker.

use std::env;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::jars::{Jars, run};
use crate::process::Process;
use crate::properties::Place;

/// A broker that is up soon: enough for tests of a few thousand records.
const FOR_TESTS: &[&str] = &["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
/// A broker that is fast once it is warm.
const FOR_LOAD: &[&str] = &["-Xms1g", "-Xmx1g", "-XX:+UseG1GC"];
/// How long a broker may take to come up or to go down.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why there is no broker to test against.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Unavailable {
    /// A program is missing or failed.
    #[error("{command}: {detail}; install Java 17 and Maven, or set KAFKA_BOOTSTRAP_SERVERS")]
    Failed {
        /// The program.
        command: String,
        /// What went wrong.
        detail: String,
    },
    /// There is no place to keep the jars.
    #[error("neither XDG_CACHE_HOME nor HOME is set: there is no place for the broker's jars")]
    NoHome,
    /// The broker came up and went down, or never answered.
    #[error("the broker did not start: {0}")]
    NotStarted(String),
    /// The brokers are somebody else's.
    #[error("the brokers of KAFKA_BOOTSTRAP_SERVERS cannot be stopped by a test")]
    NotOurs,
}

/// A broker for tests. Stopped when it is dropped, and when the process ends, however that happens.
///
/// ```no_run
/// # use tillstream_kafka_broker::Broker;
/// let Some(broker) = Broker::shared() else { return };
/// println!("{}", broker.bootstrap());
/// ```
#[derive(Debug)]
pub struct Broker {
    bootstrap: String,
    /// None when the brokers were running already.
    own: Option<Own>,
}

#[derive(Debug)]
struct Own {
    jars: Jars,
    directory: TempDir,
    port: u16,
    process: Mutex<Option<Process>>,
    flags: &'static [&'static str],
}

impl Broker {
    /// The brokers of `KAFKA_BOOTSTRAP_SERVERS`, or one of our own.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub fn start() -> Result<Self, Unavailable> {
        match env::var("KAFKA_BOOTSTRAP_SERVERS") {
            Ok(bootstrap) if !bootstrap.is_empty() => Ok(Self { bootstrap, own: None }),
            _ => Self::start_own(),
        }
    }

    /// A broker of our own, which can be stopped and paused.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub fn start_own() -> Result<Self, Unavailable> {
        Self::start_with(FOR_TESTS)
    }

    /// A broker of our own for benchmarks.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub fn start_for_load() -> Result<Self, Unavailable> {
        Self::start_with(FOR_LOAD)
    }

    fn start_with(flags: &'static [&'static str]) -> Result<Self, Unavailable> {
        let own = Own::new(Jars::fetch()?, flags)?;
        own.start()?;
        Ok(Self { bootstrap: format!("127.0.0.1:{}", own.port), own: Some(own) })
    }

    /// Bytes of records the broker keeps of the topics whose name fits; 0 where the brokers are not ours.
    pub fn bytes_of(&self, fits: impl Fn(&str) -> bool) -> u64 {
        let Some(own) = &self.own else { return 0 };
        let partitions = fs::read_dir(own.directory.path().join("data")).into_iter().flatten().flatten();
        let wanted = partitions.filter(|partition| {
            let name = partition.file_name();
            name.to_str().and_then(|name| name.rsplit_once('-')).is_some_and(|(topic, _)| fits(topic))
        });
        let files = wanted.flat_map(|partition| fs::read_dir(partition.path()).into_iter().flatten().flatten());
        let segments = files.filter(|file| file.path().extension().is_some_and(|extension| extension == "log"));
        segments.filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum()
    }

    /// The broker the tests of one binary share; `None` where there is none, after saying why.
    ///
    /// # Panics
    /// When there is none and `CI=true`: there the tests must run.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Broker>> = OnceLock::new();
        SHARED.get_or_init(|| Self::or_skip(Self::start())).as_ref()
    }

    /// The broker, or `None` after saying why the test is skipped.
    ///
    /// # Panics
    /// When there is none and `CI=true`.
    pub fn or_skip(started: Result<Self, Unavailable>) -> Option<Self> {
        Self::or_skip_with(started)
    }

    /// As [`Broker::or_skip`], for whatever else a test needs.
    ///
    /// # Panics
    /// When it is not there and `CI=true`.
    pub fn or_skip_with<T>(there: Result<T, Unavailable>) -> Option<T> {
        there
            .map_err(|why| {
                assert!(env::var("CI").as_deref() != Ok("true"), "no Kafka broker to test against: {why}");
                eprintln!("skipped, no Kafka broker to test against: {why}");
            })
            .ok()
    }

    /// Where clients find it: `host:port`.
    pub fn bootstrap(&self) -> &str {
        &self.bootstrap
    }

    /// Ends the broker in good order; its data stays.
    ///
    /// # Errors
    /// [`Unavailable::NotOurs`].
    pub fn stop(&self) -> Result<(), Unavailable> {
        let process = self.own()?.process().take();
        process.into_iter().for_each(|process| process.stop(PATIENCE));
        Ok(())
    }

    /// Kills the broker, as a power cut would; its data stays.
    ///
    /// # Errors
    /// [`Unavailable::NotOurs`].
    pub fn kill(&self) -> Result<(), Unavailable> {
        drop(self.own()?.process().take());
        Ok(())
    }

    /// Starts the broker again where it was, with its data; stops it first if it runs.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub fn restart(&self) -> Result<(), Unavailable> {
        self.stop()?;
        self.own()?.start()
    }

    /// Freezes the broker: connections stay open and nothing answers.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub fn pause(&self) -> Result<(), Unavailable> {
        self.own()?.signal("STOP")
    }

    /// Lets a paused broker go on.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub fn resume(&self) -> Result<(), Unavailable> {
        self.own()?.signal("CONT")
    }

    fn own(&self) -> Result<&Own, Unavailable> {
        self.own.as_ref().ok_or(Unavailable::NotOurs)
    }
}

impl Own {
    fn new(jars: Jars, flags: &'static [&'static str]) -> Result<Self, Unavailable> {
        let failed = |error: std::io::Error| Unavailable::NotStarted(error.to_string());
        let directory = tempfile::tempdir().map_err(failed)?;
        let [port, controller_port] = free_ports().map_err(failed)?;
        let own = Self { jars, directory, port, process: Mutex::default(), flags };
        let place = Place { data: &own.directory.path().join("data"), port, controller_port };
        fs::write(own.properties(), place.properties()).map_err(failed)?;
        let mut format = own.kafka("kafka.tools.StorageTool");
        format.args(["format", "--standalone", "-t", "bXlDbHVzdGVySWRGb3JUMQ", "-c"]).arg(own.properties());
        run("java", &mut format)?;
        Ok(own)
    }

    fn start(&self) -> Result<(), Unavailable> {
        let mut command = self.kafka("kafka.Kafka");
        command.arg(self.properties());
        let directory = self.directory.path();
        let mut process = Process::start(&command, directory)?;
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            if !process.is_alive() || Instant::now() > deadline {
                let said = fs::read_to_string(directory.join("output")).unwrap_or_default();
                return Err(Unavailable::NotStarted(said.trim().to_owned()));
            }
            std::thread::park_timeout(Duration::from_millis(50));
        }
        *self.process() = Some(process);
        Ok(())
    }

    fn kafka(&self, class: &str) -> Command {
        let mut command = self.jars.java_with(self.flags);
        command.arg(class);
        command
    }

    fn properties(&self) -> PathBuf {
        self.directory.path().join("server.properties")
    }

    fn signal(&self, name: &str) -> Result<(), Unavailable> {
        self.process().as_ref().map_or(Ok(()), |process| process.signal(name))
    }

    fn process(&self) -> MutexGuard<'_, Option<Process>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Two ports nobody listens on at the moment.
fn free_ports() -> std::io::Result<[u16; 2]> {
    let (first, second) = (TcpListener::bind("127.0.0.1:0")?, TcpListener::bind("127.0.0.1:0")?);
    Ok([first.local_addr()?.port(), second.local_addr()?.port()])
}
