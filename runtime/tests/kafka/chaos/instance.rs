//! One process of the application: the test binary itself, in the role of an instance.

use std::fs::File;
use std::io::{BufRead, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use tillstream_runtime::log::Log;
use tillstream_runtime::log::kafka::{KafkaLog, KafkaOptions};
use tillstream_runtime::{Application, ApplicationState, Neighbours, Options};

use super::doubts::DoubtfulLog;
use super::topology::{DEAD_LETTERS, word_statistics};
use crate::harness::{Nobody, PATIENCE, start};

/// How long a commit is tried.
pub(crate) const COMMIT_TIME: Duration = Duration::from_secs(3);
/// Set for an instance: brokers, application, name and state directory.
const CHILD: &str = "TILLSTREAM_TEST_CHAOS";

/// The process; does nothing in an ordinary run. Its standard input says when to stop: a line asks for it, and the end of it
/// means that nobody is left to ask.
#[test]
fn child() {
    let Ok(told) = std::env::var(CHILD) else { return };
    let [bootstrap, app, name, dir] = told.split(' ').collect::<Vec<_>>()[..] else { panic!("{told}") };
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).init();
    let (stop, stopped) = mpsc::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        if std::io::stdin().lock().read_line(&mut line).unwrap_or(0) == 0 {
            std::process::exit(1);
        }
        stop.send(()).unwrap();
    });
    let application = run(connect(bootstrap), app, name, Path::new(dir));
    while stopped.recv_timeout(Duration::from_millis(50)).is_err() {
        if let ApplicationState::Failed(error) = application.state() {
            panic!("the application failed: {error}");
        }
    }
    assert!(application.stop(PATIENCE), "it must stop in time");
}

fn connect(bootstrap: &str) -> Arc<dyn Log> {
    let options = KafkaOptions {
        session_timeout: Duration::from_secs(6),
        static_membership: true,
        transaction_timeout: COMMIT_TIME,
        ..KafkaOptions::new(bootstrap)
    };
    Arc::new(DoubtfulLog::new(Arc::new(KafkaLog::connect(options).unwrap())))
}

fn run(log: Arc<dyn Log>, app: &str, name: &str, dir: &Path) -> Application {
    // Each process claims its tasks under a name of its own.
    let advertised = format!("{name}:{}", std::process::id());
    let options = Options {
        application_id: app.to_owned(),
        instance: name.to_owned(),
        neighbours: Some(Neighbours { advertised, peers: Arc::new(Nobody) }),
        state_dir: Some(dir.to_owned()),
        threads: 2,
        // A commit in doubt, one in so many, takes half a second to resolve: it must not be the rule.
        commit_interval_ms: 100,
        commit_interval_idle_ms: 100,
        sender_idle_timeout_ms: 1_000,
        dead_letter_topic: DEAD_LETTERS.into(),
        ..Options::default()
    };
    start(&word_statistics(), log, options)
}

/// A running instance. Dropping it kills it.
pub(crate) struct Instance {
    told: String,
    said: PathBuf,
    process: Child,
}

impl Instance {
    pub(crate) fn start(bootstrap: &str, app: &str, name: &str, dir: &Path) -> Self {
        let told = format!("{bootstrap} {app} {name} {}", dir.join(name).display());
        let said = dir.join(format!("{name}.log"));
        Self { process: spawn(&told, &said), told, said }
    }

    /// A new process in the place of this one, which has ended.
    pub(crate) fn start_again(&mut self) {
        self.process = spawn(&self.told, &self.said);
    }

    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// How often it was not told whether a commit took effect.
    pub(crate) fn in_doubt(&self) -> usize {
        let said = std::fs::read_to_string(&self.said).unwrap_or_default();
        said.matches("the answer to a commit is lost").count()
    }

    /// Asks it to stop and waits until it has.
    pub(crate) fn stop(&mut self) {
        let mut input = self.process.stdin.take().unwrap();
        std::io::Write::write_all(&mut input, b"stop\n").unwrap();
        let deadline = Instant::now() + 2 * PATIENCE;
        while self.process.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "{} does not stop", self.told);
            std::thread::park_timeout(Duration::from_millis(20));
        }
        assert!(self.process.wait().unwrap().success(), "{}", self.told);
    }

    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.process.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Under which name it claims tasks.
    pub(crate) fn owner(&self, name: &str) -> String {
        format!("{name}:{}", self.process.id())
    }

    /// An instance ends when it is told to, and only then.
    pub(crate) fn check(&mut self) {
        let ended = self.process.try_wait().unwrap();
        assert!(ended.is_none(), "{} ended by itself: {ended:?}", self.told);
    }
}

fn spawn(told: &str, said: &Path) -> Child {
    let output = File::options().create(true).append(true).open(said).unwrap();
    Command::new(std::env::current_exe().unwrap())
        .args(["chaos::instance::child", "--exact", "--nocapture"])
        .env(CHILD, told)
        .stdin(Stdio::piped())
        .stdout(output.try_clone().unwrap())
        .stderr(output)
        // Whatever ends elsewhere in the test's own group would wake a frozen process.
        .process_group(0)
        .spawn()
        .unwrap()
}

/// Shows what the instance said last when the test fails.
impl Drop for Instance {
    fn drop(&mut self) {
        // An error says that it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
        if std::thread::panicking() {
            let mut said = String::new();
            let _ = File::open(&self.said).and_then(|mut file| file.read_to_string(&mut said));
            let lines: Vec<&str> = said.lines().collect();
            eprintln!("{}:\n{}", self.told, lines[lines.len().saturating_sub(60)..].join("\n"));
        }
    }
}
