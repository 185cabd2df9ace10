use std::path::Path;
use std::process::Command;

use super::*;
use crate::log::PartitionOffset;

/// Set in the child: a small file system of its own.
const DIRECTORY: &str = "TILLSTREAM_TEST_SMALL_DISK";
const BALLAST: &str = "ballast";

/// Runs the next test on a file system of 96 MiB, which only it sees. Where the system does not let a user mount one,
/// there is nothing to test with.
#[test]
fn a_full_disk_is_survived() {
    let dir = tempfile::tempdir().unwrap();
    let mount = r#"mount -t tmpfs -o size=96m none "$0" && exec "$@""#;
    let mut probe = Command::new("unshare");
    probe.args(["--user", "--map-root-user", "--mount", "sh", "-c", mount]).arg(dir.path()).arg("true");
    if !probe.output().is_ok_and(|output| output.status.success()) {
        eprintln!("no file system can be mounted here");
        return;
    }
    let mut child = Command::new("unshare");
    child.args(["--user", "--map-root-user", "--mount", "sh", "-c", mount]).arg(dir.path());
    child.arg(std::env::current_exe().unwrap());
    child.args(["log::embedded::tests::full_disk::on_a_small_disk", "--exact", "--nocapture"]);
    let output = child.env(DIRECTORY, dir.path()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("resumed"), "{said}");
}

/// Does nothing when run among the other tests.
#[test]
fn on_a_small_disk() {
    let Some(dir) = std::env::var_os(DIRECTORY) else { return };
    let dir = Path::new(&dir);
    std::fs::write(dir.join(BALLAST), vec![1; 64 << 20]).unwrap();
    let options = EmbeddedOptions { recent_bytes: 1 << 20, ..EmbeddedOptions::default() };
    let log = EmbeddedLog::open(&dir.join("log"), options, resources()).unwrap();
    let partitions = ["a", "b"].map(|name| TopicPartition::new(name, 0));
    for partition in &partitions {
        log.create_topics(&[TopicSpec { name: Arc::clone(&partition.topic), partitions: 1, policy: FOR_EVER }])
            .unwrap();
    }
    let mut writer = log.writer("w").unwrap();
    let full = (0..1000).find(|transaction| !transact(&mut *writer, &partitions, *transaction)).unwrap();
    for _ in 0..3 {
        assert!(matches!(writer.commit(), Err(LogError::Full { .. })));
        check(&log, &partitions, full);
    }
    std::fs::remove_file(dir.join(BALLAST)).unwrap();
    // The very transaction that was refused is still in the writer.
    writer.commit().unwrap();
    check(&log, &partitions, full + 1);
    assert!(transact(&mut *writer, &partitions, full + 1));
    check(&log, &partitions, full + 2);
    drop((writer, log));
    let log = EmbeddedLog::open(&dir.join("log"), options, resources()).unwrap();
    check(&log, &partitions, full + 2);
    println!("resumed after {full} transactions");
}

/// Whether a transaction of about a megabyte succeeds.
fn transact(writer: &mut dyn LogWriter, partitions: &[TopicPartition], number: i64) -> bool {
    let mut state = number.unsigned_abs() + 1;
    let mut text = || {
        let letters = (0..50_000).map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b' ' + (state >> 58) as u8)
        });
        letters.collect::<String>()
    };
    for _ in 0..10 {
        for partition in partitions {
            put(writer, partition, &number.to_string(), Some(&text())).unwrap();
        }
    }
    let partition = partitions[0].clone();
    writer.send_offsets("app", &[PartitionOffset { partition, offset: number + 1 }]).unwrap();
    match writer.commit() {
        Ok(_) => true,
        Err(error) => {
            assert!(matches!(error, LogError::Full { .. }), "{error}");
            false
        }
    }
}

/// Exactly `transactions` are there, each as a whole, and can be read.
fn check(log: &EmbeddedLog, partitions: &[TopicPartition], transactions: i64) {
    for partition in partitions {
        let records = read_from(log, partition, 0).unwrap();
        let keys: Vec<_> = records.iter().map(|record| record.key.clone().unwrap()).collect();
        let expected: Vec<_> = (0..transactions).flat_map(|number| (0..10).map(move |_| number.to_string())).collect();
        assert_eq!(keys, expected);
    }
    let committed = log.committed("app", &partitions[..1]).unwrap();
    assert_eq!(committed, [Some(transactions).filter(|count| *count > 0)]);
}
