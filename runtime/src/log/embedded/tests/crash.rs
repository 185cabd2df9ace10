use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::*;
use crate::log::PartitionOffset;

/// Set in a child process: where its log is.
const DIRECTORY: &str = "TILLSTREAM_TEST_LOG_DIRECTORY";
const PARTITIONS: u32 = 3;

/// Runs one test of this program alone, in a process of its own.
pub(super) fn child(test: &str, dir: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--nocapture"]).env(DIRECTORY, dir).stdout(Stdio::piped());
    command.spawn().unwrap()
}

fn partitions() -> Vec<TopicPartition> {
    (0..PARTITIONS).map(|partition| TopicPartition::new("orders", partition)).collect()
}

/// The child: commits without end and says so each time. Does nothing when run among the other tests.
#[test]
fn commits_until_it_is_killed() {
    let Some(dir) = std::env::var_os(DIRECTORY) else { return };
    let options = EmbeddedOptions { batch_bytes: 500, ..EmbeddedOptions::default() };
    let log = EmbeddedLog::open(Path::new(&dir), options, resources()).unwrap();
    log.create_topics(&[TopicSpec { name: "orders".into(), partitions: PARTITIONS, policy: FOR_EVER }]).unwrap();
    let mut writer = log.writer("w").unwrap();
    let partitions = partitions();
    let done = log.committed("app", &partitions[..1]).unwrap()[0].unwrap_or(0);
    for transaction in done..done + 100_000 {
        for record in 0..30 {
            let partition = &partitions[record % partitions.len()];
            put(&mut *writer, partition, &transaction.to_string(), Some(&record.to_string())).unwrap();
        }
        let partition = partitions[0].clone();
        writer.send_offsets("app", &[PartitionOffset { partition, offset: transaction + 1 }]).unwrap();
        writer.commit().unwrap();
        println!("committed {transaction}");
    }
}

#[test]
fn a_killed_process_loses_nothing_it_was_told_is_committed() {
    let dir = tempfile::tempdir().unwrap();
    let partitions = partitions();
    let mut before = 0;
    for round in 0..3 {
        let mut child = child("log::embedded::tests::crash::commits_until_it_is_killed", dir.path());
        let output = BufReader::new(child.stdout.take().unwrap());
        let lines = output
            .lines()
            .map(Result::unwrap)
            .filter_map(|line| line.rsplit_once("committed ").map(|(_, number)| number.parse::<i64>().unwrap()));
        let acknowledged = lines.take(60 + 17 * round).last().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        let log = EmbeddedLog::open(dir.path(), EmbeddedOptions::default(), resources()).unwrap();
        let committed = log.committed("app", &partitions[..1]).unwrap()[0].unwrap();
        assert!(committed > acknowledged && acknowledged > before, "{before} {acknowledged} {committed}");
        for partition in &partitions {
            let records = read_from(&log, partition, 0).unwrap();
            let offsets = log.offsets(std::slice::from_ref(partition)).unwrap()[0];
            assert_eq!(offsets.end, committed * 10, "transactions are there as a whole");
            assert_eq!(records.len() as i64, offsets.end);
            for (index, record) in records.iter().enumerate() {
                let transaction = (index / 10).to_string();
                assert_eq!(record.key.as_deref(), Some(transaction.as_bytes()));
            }
        }
        before = committed;
    }
}

#[test]
fn a_second_process_is_turned_away() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = child("log::embedded::tests::crash::commits_until_it_is_killed", dir.path());
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("committed")));
    let error = EmbeddedLog::open(dir.path(), EmbeddedOptions::default(), resources()).unwrap_err();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(matches!(error, LogError::Locked { .. }), "{error}");
    assert!(error.to_string().contains(&dir.path().display().to_string()));
    EmbeddedLog::open(dir.path(), EmbeddedOptions::default(), resources()).unwrap();
}
