//! The process ends exactly before a commit (no trace of it may remain), or exactly between commit and apply (the state is one
//! transaction behind the log and must catch up).

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use tillstream_runtime::log::Log;
use tillstream_runtime::log::embedded::{EmbeddedLog, EmbeddedOptions};
use tillstream_stores::rocks::Resources;

use crate::crashing_log::{CrashingLog, Side};
use crate::harness::Harness;
use crate::kill_nine::finish_and_compare;
use crate::late_by_sender::{events, offline, produce, sums};

/// Set for the process that is to end: the directory it works in.
const DIR: &str = "TILLSTREAM_TEST_CRASH_DIR";
/// The commit it ends at, and on which side.
const COMMIT: &str = "TILLSTREAM_TEST_CRASH_COMMIT";
const AFTER: &str = "TILLSTREAM_TEST_CRASH_AFTER";

/// The process that ends; does nothing in an ordinary run.
#[test]
fn child() {
    let Some(dir) = std::env::var_os(DIR).map(PathBuf::from) else { return };
    let commit: u64 = std::env::var(COMMIT).unwrap().parse().unwrap();
    let side = if std::env::var_os(AFTER).is_some() { Side::After } else { Side::Before };
    let resources = Resources::new(32 << 20, 40, 128);
    let inner = EmbeddedLog::open(&dir.join("log"), EmbeddedOptions::default(), resources.clone()).unwrap();
    let log: Arc<dyn Log> =
        Arc::new(CrashingLog { inner: Arc::new(inner), commits_left: Arc::new(AtomicU64::new(commit)), side });
    let harness = Harness::on(&dir, log, resources, &["events"]);
    let application = harness.start(&sums(true), 2);
    loop {
        note_restored(&dir, application.restore_progress().total().total);
        std::thread::park_timeout(Duration::from_millis(1));
    }
}

#[test]
fn a_crash_on_either_side_of_a_commit_leaves_no_trace() {
    let events = events(200_000);
    let expected = offline(&events);
    let harness = Harness::new(&["events"]);
    let dir = harness.dir().to_owned();
    produce(&harness, &events);
    let _keep = harness.release();
    for commit in 1..=4 {
        crash(&dir, commit, Side::Before);
        crash(&dir, commit, Side::After);
    }
    let harness = Harness::open(&dir, &["events"]);
    finish_and_compare(&harness, &events, &expected);
    assert!(dir.join(RESTORED).exists(), "no crash left state behind the log: the run proves nothing");
}

/// File that a process leaves when it had to catch up with the changelog at its start.
const RESTORED: &str = "restored";

fn note_restored(dir: &Path, records: u64) {
    if records > 0 {
        std::fs::write(dir.join(RESTORED), records.to_string()).unwrap();
    }
}

fn crash(dir: &Path, commit: u64, side: Side) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["crash_points::child", "--exact"]).env(DIR, dir).env(COMMIT, commit.to_string());
    if side == Side::After {
        command.env(AFTER, "1");
    }
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert_eq!(status.code(), None, "the process must have ended by its own signal");
}
