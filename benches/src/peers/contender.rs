//! The two engines, as programs that are called alike.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;
use tillstream_kafka_broker::Jars;

use super::cluster::Cluster;
use super::running::Running;
use crate::workloads::Workload;

/// An engine and how it is started.
pub(super) struct Contender {
    pub(super) name: &'static str,
    program: Program,
    threads: usize,
}

enum Program {
    /// This program, with its arguments.
    Own(Vec<String>),
    KafkaStreams {
        jars: Jars,
        classes: TempDir,
        cache: String,
    },
}

/// What an engine is to run.
pub(super) struct Job<'a> {
    pub(super) workload: Workload,
    pub(super) app: &'a str,
    pub(super) state: &'a Path,
    /// More arguments, such as another input topic.
    pub(super) more: &'a [&'a str],
}

impl Job<'_> {
    /// Topics the results go to.
    pub(super) fn outputs(&self) -> Vec<String> {
        self.workload.outputs().iter().map(|output| format!("{}-out-{output}", self.app)).collect()
    }
}

impl Contender {
    /// With so many MiB for its stores, and with them for all else.
    pub(super) fn tillstream(memory: Option<u32>, threads: usize) -> Self {
        let memory = memory.map(|mib| ["--memory".to_owned(), mib.to_string()]);
        let arguments = std::iter::once("engine".to_owned()).chain(memory.into_iter().flatten());
        Self { name: "Tillstream", program: Program::Own(arguments.collect()), threads }
    }

    /// W1 without an engine.
    pub(super) fn bare_loop(threads: usize) -> Self {
        Self { name: "bare loop", program: Program::Own(vec!["bare".to_owned()]), threads }
    }

    /// Compiles the workloads for Kafka Streams.
    pub(super) fn kafka_streams(cache: &str, threads: usize) -> Result<Self> {
        let (jars, classes) = (Jars::fetch_with_streams()?, tempfile::tempdir()?);
        let mut compiler = Command::new("javac");
        compiler.arg("-cp").arg(jars.class_path()).arg("-d").arg(classes.path());
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/Peer.java");
        let status = compiler.arg(source).status().context("javac is needed; install a JDK of version 17 or newer")?;
        ensure!(status.success(), "javac refused {source}");
        let program = Program::KafkaStreams { jars, classes, cache: cache.to_owned() };
        Ok(Self { name: "Kafka Streams", program, threads })
    }

    pub(super) fn start(&self, cluster: &Cluster, job: &Job<'_>) -> Result<Running> {
        let mut command = match &self.program {
            Program::Own(arguments) => {
                let mut command = Command::new(std::env::current_exe()?);
                command.args(arguments).args(["--guarantee", "eos"]);
                command
            }
            Program::KafkaStreams { jars, classes, cache } => {
                let mut class_path: OsString = jars.class_path();
                class_path.push(":");
                class_path.push(classes.path());
                let mut command = Command::new("java");
                command.args(["-Xmx2g", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp"]).arg(class_path);
                command.args(["Peer", "--cache", cache]);
                command
            }
        };
        let out = format!("{}-out", job.app);
        command
            .args(["--workload", job.workload.name(), "--threads", &self.threads.to_string()])
            .args(["--app-id", job.app, "--out", &out, "--boot", cluster.bootstrap(), "--state-dir"])
            .arg(job.state)
            .args(job.more);
        Running::start(command)
    }
}
