//! One broker of a cluster: its process, and the directory it starts from again.

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::Unavailable;
use crate::jars::{Jars, run};
use crate::process::Process;
use crate::secured::Secured;

/// How long a broker may take to come up or to go down.
const PATIENCE: Duration = Duration::from_secs(60);
/// All nodes of a cluster are formatted with the same one.
const CLUSTER_ID: &str = "bXlDbHVzdGVySWRGb3JUMQ";

/// One broker, which can be stopped and paused.
#[derive(Debug)]
pub struct Node {
    jars: Jars,
    flags: &'static [&'static str],
    directory: PathBuf,
    port: u16,
    process: Mutex<Option<Process>>,
}

impl Node {
    /// Writes the node's properties into `directory` and formats its storage, with a user where there is a door for users.
    pub(crate) fn create(
        jars: Jars,
        flags: &'static [&'static str],
        directory: PathBuf,
        port: u16,
        properties: &str,
        with_user: bool,
    ) -> Result<Self, Unavailable> {
        let failed = |error: std::io::Error| Unavailable::NotStarted(error.to_string());
        let node = Self { jars, flags, directory, port, process: Mutex::default() };
        fs::create_dir_all(&node.directory).map_err(failed)?;
        fs::write(node.properties(), properties).map_err(failed)?;
        let mut format = node.kafka("kafka.tools.StorageTool");
        format.args(["format", "-t", CLUSTER_ID, "-c"]).arg(node.properties());
        if with_user {
            format.args(["--add-scram", &Secured::user()]);
        }
        run("java", &mut format)?;
        Ok(node)
    }

    /// Where clients find it: `host:port`.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Where it keeps its partitions.
    pub(crate) fn data(directory: &Path) -> PathBuf {
        directory.join("data")
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Starts the process; [`Node::await_up`] waits for it.
    pub(crate) fn start(&self) -> Result<(), Unavailable> {
        let mut command = self.kafka("kafka.Kafka");
        command.arg(self.properties());
        *self.process() = Some(Process::start(&command, &self.directory)?);
        Ok(())
    }

    /// Waits until clients can connect.
    pub(crate) fn await_up(&self) -> Result<(), Unavailable> {
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let is_alive = self.process().as_mut().is_some_and(Process::is_alive);
            if !is_alive || Instant::now() > deadline {
                drop(self.process().take());
                let said = fs::read_to_string(self.directory.join("output")).unwrap_or_default();
                return Err(Unavailable::NotStarted(said.trim().to_owned()));
            }
            std::thread::park_timeout(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Ends the broker in good order; its data stays.
    pub fn stop(&self) {
        let process = self.process().take();
        process.into_iter().for_each(|process| process.stop(PATIENCE));
    }

    /// Kills the broker, as a power cut would; its data stays.
    pub fn kill(&self) {
        drop(self.process().take());
    }

    /// Starts the broker again where it was, with its data; stops it first if it runs.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub fn restart(&self) -> Result<(), Unavailable> {
        self.stop();
        self.start()?;
        self.await_up()
    }

    /// Freezes the broker: connections stay open and nothing answers.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub fn pause(&self) -> Result<(), Unavailable> {
        self.signal("STOP")
    }

    /// Lets a paused broker go on.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub fn resume(&self) -> Result<(), Unavailable> {
        self.signal("CONT")
    }

    fn kafka(&self, class: &str) -> Command {
        let mut command = self.jars.java_with(self.flags);
        command.arg(class);
        command
    }

    fn properties(&self) -> PathBuf {
        self.directory.join("server.properties")
    }

    fn signal(&self, name: &str) -> Result<(), Unavailable> {
        self.process().as_ref().map_or(Ok(()), |process| process.signal(name))
    }

    fn process(&self) -> MutexGuard<'_, Option<Process>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
