//! A process killed at random moments, again and again: the final answers equal the offline fold, and what is read back at a
//! start is no more than the tail of one transaction.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tillstream_runtime::log::TopicPartition;
use tillstream_runtime::{Application, ApplicationState};

use crate::harness::{Harness, PARTITIONS, settle};
use crate::late_by_sender::{Event, Sums, events, late_drops, offline, produce, sums, windows};

/// Set for the process that is to be killed: the directory it works in.
const CHILD: &str = "TILLSTREAM_TEST_KILL_NINE";

/// Records of a changelog that one transaction of this test can hold, at most.
const ONE_TRANSACTION: u64 = 5_000;

/// Records for the kills to fall into; when they are dealt with, the rest of the kills falls into as many others.
const RECORDS: i64 = 1_500_000;

/// Kills that must fall into the work.
fn kills() -> u64 {
    if std::env::var_os("TILLSTREAM_SOAK").is_some() { 300 } else { 10 }
}

/// The process that is killed; does nothing in an ordinary run.
#[test]
fn child() {
    let Some(dir) = std::env::var_os(CHILD) else { return };
    let harness = Harness::open(&PathBuf::from(dir), &["events"]);
    let application = harness.start(&sums(true), 2);
    loop {
        std::thread::park_timeout(Duration::from_secs(1));
        assert!(matches!(application.state(), ApplicationState::Running));
    }
}

#[test]
fn kills_at_random_moments_leave_no_trace() {
    let events = events(RECORDS);
    let expected = offline(&events);
    let mut strikes = Strikes { fell: 0, tried: 0, start_up_ms: 60 };
    while strikes.fell < kills() {
        let harness = Harness::new(&["events"]);
        let dir = harness.dir().to_owned();
        produce(&harness, &events);
        let _keep = harness.release();
        strikes.fall_into(&dir, events.len() as u64);
        let harness = Harness::open(&dir, &["events"]);
        let restored = finish_and_compare(&harness, &events, &expected);
        assert!(restored <= ONE_TRANSACTION, "{restored} records restored");
    }
}

/// Kills so far.
struct Strikes {
    /// That fell into the work.
    fell: u64,
    tried: u64,
    /// What a process is given to get to work at all.
    start_up_ms: u64,
}

impl Strikes {
    /// Kills the process again and again until all is done, or it has been killed often enough.
    fn fall_into(&mut self, dir: &Path, records: u64) {
        while self.fell < kills() {
            self.tried += 1;
            assert!(self.tried < 10 * kills(), "only {} of {} kills fell into the work", self.fell, self.tried);
            run_and_kill(dir, self.start_up_ms + self.tried * 7_919 % 140);
            match committed(dir) {
                0 => self.start_up_ms += 60,
                committed if committed >= records => return,
                _ => self.fell += 1,
            }
        }
    }
}

/// Runs to the end and compares with the offline fold; answers how many records were restored at the start.
pub(crate) fn finish_and_compare(harness: &Harness, events: &[Event], expected: &(Sums, u64)) -> u64 {
    let application = harness.start(&sums(true), 2);
    let restored = restored_when_running(&application);
    settle(&application);
    assert!(windows(&application) == expected.0, "the sums differ from the offline fold");
    assert_eq!(late_drops(&application, true), expected.1);
    let ledger = application.query().ledger()["events"];
    assert_eq!(ledger.consumed, events.len() as u64);
    assert!(ledger.balances(), "{ledger:?}");
    restored
}

/// Records of the source topic that are committed.
fn committed(dir: &Path) -> u64 {
    let harness = Harness::open(dir, &["events"]);
    let partitions: Vec<_> = (0..PARTITIONS).map(|n| TopicPartition::new("events", n)).collect();
    harness.log.committed("app", &partitions).unwrap().into_iter().flatten().sum::<i64>() as u64
}

fn restored_when_running(application: &Application) -> u64 {
    while application.state() == ApplicationState::Restoring {
        std::thread::yield_now();
    }
    application.restore_progress().total().total
}

fn run_and_kill(dir: &Path, after_ms: u64) {
    let program = std::env::current_exe().unwrap();
    let mut child = Command::new(program)
        .args(["kill_nine::child", "--exact", "--nocapture"])
        .env(CHILD, dir)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::park_timeout(Duration::from_millis(after_ms));
    // SIGKILL on Unix.
    child.kill().unwrap();
    child.wait().unwrap();
}
