//! The process ends exactly before a commit (no trace of it may remain), or exactly between commit and apply (the state is one
//! transaction behind the log and must catch up).

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use tillstream_runtime::ApplicationState;
use tillstream_runtime::log::TopicPartition;
use tillstream_stores::TaskState;
use tillstream_stores::rocks::Resources;

use crate::crashing_log::{CrashingLog, Side};
use crate::harness::{Harness, PARTITIONS};
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
    let commits_left = Arc::new(AtomicU64::new(commit));
    let harness = Harness::on(&dir, &["events"], |inner| Arc::new(CrashingLog { inner, commits_left, side }));
    // One thread: another might be between its own commit and apply when this one ends the process before its commit.
    let application = harness.start(&sums(true), 1);
    // Without anything left to do there are no more commits to end at.
    while application.state() == ApplicationState::Restoring || application.pending().unwrap() > 0 {
        std::thread::park_timeout(Duration::from_millis(1));
    }
}

#[test]
fn a_crash_on_either_side_of_a_commit_leaves_no_trace() {
    let events = events(800_000);
    let expected = offline(&events);
    let harness = Harness::new(&["events"]);
    let dir = harness.dir().to_owned();
    produce(&harness, &events);
    let _keep = harness.release();
    let mut crashes = 0;
    for commit in [1, 2, 3, 5, 7, 9] {
        for side in [Side::Before, Side::After] {
            let crashed = crash(&dir, commit, side);
            crashes += u32::from(crashed);
            let behind = is_behind(&dir);
            assert_eq!(
                behind,
                crashed && side == Side::After,
                "state behind the log after a crash {side:?} commit {commit}"
            );
        }
    }
    assert!(crashes >= 6, "only {crashes} crashes: the run proves nothing");
    let harness = Harness::open(&dir, &["events"]);
    finish_and_compare(&harness, &events, &expected);
}

/// Whether any task's state is behind its changelog.
fn is_behind(dir: &Path) -> bool {
    let harness = Harness::open(dir, &["events"]);
    let builders: Vec<_> = sums(true).stores().cloned().collect();
    (0..PARTITIONS).any(|partition| {
        let state_dir = dir.join(format!("state/1_{partition}"));
        if !state_dir.exists() {
            return false;
        }
        let state = TaskState::open(Some(&state_dir), &builders, &Resources::default()).unwrap();
        let changelog = TopicPartition::new("app-sums-changelog", partition);
        let end = harness.log.offsets(&[changelog]).unwrap()[0].end;
        state.changelog_offset("sums").unwrap_or(0) < end
    })
}

/// Answers whether the process ended at the commit, rather than for want of work.
fn crash(dir: &Path, commit: u64, side: Side) -> bool {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["crash_points::child", "--exact"]).env(DIR, dir).env(COMMIT, commit.to_string());
    if side == Side::After {
        command.env(AFTER, "1");
    }
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    // Ended by its own signal, it has no exit code.
    status.code().is_none()
}
