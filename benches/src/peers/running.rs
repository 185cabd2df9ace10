//! An engine while it runs.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::measure;

/// How long a start, a restore or a stop may take.
const PATIENCE: Duration = Duration::from_secs(180);

/// A process that tells where it is, a line each: `<epoch ms> <what>`. Killed when it is dropped.
pub(super) struct Running {
    child: Child,
    lines: Receiver<(i64, String)>,
    said: Vec<(i64, String)>,
}

impl Running {
    pub(super) fn start(mut command: Command) -> Result<Self> {
        let program = command.get_program().to_owned();
        let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let mut child = spawned.with_context(|| format!("{} did not start", program.display()))?;
        let stdout = child.stdout.take().context("the output of a child is piped")?;
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let said = line.split_once(' ').and_then(|(at, what)| Some((at.parse().ok()?, what.to_owned())));
                // Nobody listens any more: the run is over.
                if said.is_some_and(|said| sender.send(said).is_err()) {
                    break;
                }
            }
        });
        Ok(Self { child, lines, said: Vec::new() })
    }

    /// Waits for a line that begins with `what` and answers when it was written, epoch ms.
    pub(super) fn wait_for(&mut self, what: &str) -> Result<i64> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some((at, _)) = self.said.iter().find(|(_, said)| said.starts_with(what)) {
                return Ok(*at);
            }
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => self.said.push(line),
                Err(RecvTimeoutError::Timeout) => bail!("it did not say {what} within {PATIENCE:?}"),
                Err(RecvTimeoutError::Disconnected) => {
                    bail!("it ended with {} before it said {what}", self.child.wait()?)
                }
            }
        }
    }

    /// The number at the end of the last line that begins with `what`; 0 without one.
    pub(super) fn last_number(&mut self, what: &str) -> u64 {
        self.said.extend(self.lines.try_iter());
        let last = self.said.iter().rfind(|(_, said)| said.starts_with(what));
        last.and_then(|(_, said)| said.rsplit(['=', ' ']).next()?.parse().ok()).unwrap_or(0)
    }

    /// # Errors
    /// When it has ended by itself.
    pub(super) fn ensure_alive(&mut self) -> Result<()> {
        let ended = self.child.try_wait()?;
        ensure!(ended.is_none(), "it ended by itself: {}", ended.map(|status| status.to_string()).unwrap_or_default());
        Ok(())
    }

    /// CPU seconds since its start.
    pub(super) fn cpu_seconds(&self) -> Result<f64> {
        measure::cpu_seconds(&self.child.id().to_string())
    }

    pub(super) fn peak_rss_mib(&self) -> Result<f64> {
        measure::peak_rss_mib(&self.child.id().to_string())
    }

    /// Asks it to stop and waits until it has.
    pub(super) fn stop(&mut self) -> Result<()> {
        let asked = Command::new("kill").args(["-s", "TERM", &self.child.id().to_string()]).status()?;
        ensure!(asked.success(), "it could not be asked to stop");
        self.wait_for("CLOSED")?;
        self.child.wait()?;
        Ok(())
    }

    /// Kills it, as a power cut would.
    pub(super) fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // An error says that it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
