//! Starting the `tillstream` binary, asking it over HTTP, and a slice of the demo's data to feed it.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A command of the binary, quiet on stderr.
pub(crate) fn tillstream(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tillstream"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// The first `rows` rows of the bundled sales history, as a file in `dir`.
pub(crate) fn slice_of_sales(dir: &Path, rows: usize) -> PathBuf {
    let bundled = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/online_retail/online_retail.csv.gz");
    let packed = std::fs::File::open(bundled).unwrap();
    let lines = BufReader::new(flate2::read::MultiGzDecoder::new(packed)).split(b'\n');
    let path = dir.join("sales.csv");
    let mut out = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    for line in lines.take(rows + 1) {
        out.write_all(&line.unwrap()).unwrap();
        out.write_all(b"\n").unwrap();
    }
    out.flush().unwrap();
    path
}

/// A service that is killed when the test ends.
pub(crate) struct Service {
    child: Child,
    url: String,
}

impl Service {
    /// Starts the service with `arguments` on a free port and waits until it is ready.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let service = Self::start_unready(arguments);
        let deadline = Instant::now() + Duration::from_secs(60);
        while service.try_get("/readyz").is_none_or(|(status, _)| status != 200) {
            assert!(Instant::now() < deadline, "the service is not ready after a minute");
            std::thread::park_timeout(Duration::from_millis(50));
        }
        service
    }

    /// Starts the service and does not wait for it.
    pub(crate) fn start_unready(arguments: &[&str]) -> Self {
        Self::run(tillstream(arguments))
    }

    /// Runs a command that becomes a service, on a free port, and does not wait for it.
    pub(crate) fn run(mut command: Command) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let listen = format!("127.0.0.1:{port}");
        let child = command.args(["--listen", &listen]).stdout(Stdio::null()).spawn().unwrap();
        Self { child, url: format!("http://{listen}") }
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Status and body of an answer; `None` when nothing answers.
    pub(crate) fn try_get(&self, path: &str) -> Option<(u16, Vec<u8>)> {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut answer = agent.get(format!("{}{path}", self.url)).call().ok()?;
        let mut body = Vec::new();
        answer.body_mut().as_reader().read_to_end(&mut body).ok()?;
        Some((answer.status().as_u16(), body))
    }

    /// Status, age and body of an answer that may be stale.
    pub(crate) fn get_stale(&self, path: &str) -> (u16, String, Vec<u8>) {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let joint = if path.contains('?') { '&' } else { '?' };
        let mut answer = agent.get(format!("{}{path}{joint}stale=true", self.url)).call().unwrap();
        let age = answer.headers().get("tillstream-staleness").map(|age| age.to_str().unwrap().to_owned());
        let mut body = Vec::new();
        answer.body_mut().as_reader().read_to_end(&mut body).unwrap();
        (answer.status().as_u16(), age.unwrap_or_default(), body)
    }

    /// The body of a 200 answer; waits while the answer is not available yet, as its 503 asks.
    pub(crate) fn get(&self, path: &str) -> Value {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let (status, body) = self.try_get(path).unwrap();
            if status == 200 {
                return serde_json::from_slice(&body).unwrap();
            }
            let later = status == 503 && Instant::now() < deadline;
            assert!(later, "{path}: {status} {}", String::from_utf8_lossy(&body));
            std::thread::park_timeout(Duration::from_millis(50));
        }
    }

    /// Sends a body; answers status and body.
    pub(crate) fn post(&self, path: &str, body: &str) -> (u16, Value) {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let request = agent.post(format!("{}{path}", self.url)).header("content-type", "application/json");
        let mut answer = request.send(body).unwrap();
        let status = answer.status().as_u16();
        (status, answer.body_mut().read_json().unwrap())
    }

    /// Sends a body as part of a trace; answers status and the trace header.
    pub(crate) fn post_traced(&self, path: &str, body: &str, parent: &str) -> (u16, Option<String>) {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let request = agent.post(format!("{}{path}", self.url)).header("content-type", "application/json");
        let answer = request.header("traceparent", parent).send(body).unwrap();
        let parent = answer.headers().get("traceparent").map(|parent| parent.to_str().unwrap().to_owned());
        (answer.status().as_u16(), parent)
    }

    /// Asks the service to stop and waits; answers whether it ended by itself, with code 0, within ten seconds.
    pub(crate) fn stop(mut self) -> bool {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.success();
            }
            std::thread::park_timeout(Duration::from_millis(20));
        }
        false
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
