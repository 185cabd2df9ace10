//! A child process that does not outlive its parent, however that ends.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Unavailable;
use crate::jars::run;

/// Runs the command given to it and kills it when its standard input closes: that happens also when the parent is
/// killed. Then nobody else is left to clear up its directory. The first line it prints is the process number.
const GUARD: &str = r#"
exec 3<&0
"$@" </dev/null 3<&- >"$GUARD_DIRECTORY/output" 2>&1 &
child=$!
echo "$child"
exec >/dev/null
(cat <&3; touch "$GUARD_DIRECTORY/orphaned"; kill -9 "$child") 2>/dev/null &
watch=$!
exec 3<&-
wait "$child"
kill "$watch" 2>/dev/null
if [ -e "$GUARD_DIRECTORY/orphaned" ]; then
    rm -rf "$GUARD_DIRECTORY"
    rmdir "$(dirname "$GUARD_DIRECTORY")" 2>/dev/null
fi
"#;

/// A guarded child process.
#[derive(Debug)]
pub(crate) struct Process {
    guard: Child,
    /// Open for as long as the child is somebody's.
    _lifeline: Option<ChildStdin>,
    pid: String,
}

impl Process {
    /// Starts `command`; what it prints goes to the file `output` in `directory`.
    pub(crate) fn start(command: &Command, directory: &Path) -> Result<Self, Unavailable> {
        let failed = |detail: String| Unavailable::Failed { command: "sh".to_owned(), detail };
        let mut guard = Command::new("sh")
            .args(["-c", GUARD, "guard"])
            .arg(command.get_program())
            .args(command.get_args())
            .env("GUARD_DIRECTORY", directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // What ends the tests' own group, an interrupt at the terminal for one, must leave time to clear up.
            .process_group(0)
            .spawn()
            .map_err(|error| failed(error.to_string()))?;
        let lifeline = guard.stdin.take();
        let mut pid = String::new();
        if let Some(stdout) = guard.stdout.take() {
            BufReader::new(stdout).read_line(&mut pid).map_err(|error| failed(error.to_string()))?;
        }
        Ok(Self { guard, _lifeline: lifeline, pid: pid.trim().to_owned() })
    }

    /// Sends a signal by name, such as `STOP`.
    pub(crate) fn signal(&self, name: &str) -> Result<(), Unavailable> {
        run("kill", Command::new("kill").args(["-s", name, &self.pid]))
    }

    /// Whether it still runs.
    pub(crate) fn is_alive(&mut self) -> bool {
        matches!(self.guard.try_wait(), Ok(None))
    }

    /// Asks it to end; kills it when it has not within `patience`.
    pub(crate) fn stop(mut self, patience: Duration) {
        let deadline = Instant::now() + patience;
        if self.signal("TERM").is_ok() {
            while self.is_alive() && Instant::now() < deadline {
                std::thread::park_timeout(Duration::from_millis(20));
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // An error says that it is gone already.
        let _ = self.signal("KILL");
        let _ = self.guard.wait();
    }
}
