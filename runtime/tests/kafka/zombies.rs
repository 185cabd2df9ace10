//! A process that is stopped for longer than its session, and goes on where it was.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use tillstream_kafka_broker::Broker;
use tillstream_runtime::log::kafka::{KafkaLog, KafkaOptions};
use tillstream_runtime::log::{Lease, Log, TopicPartition};

use super::harness::*;

/// Set for the process that is to be stopped: brokers, group and topic.
const CHILD: &str = "TILLSTREAM_TEST_ZOMBIE";

fn connect_to(bootstrap: &str) -> KafkaLog {
    let options = KafkaOptions { session_timeout: Duration::from_secs(2), ..KafkaOptions::new(bootstrap) };
    KafkaLog::connect(options).unwrap()
}

/// The process that is stopped; does nothing in an ordinary run.
#[test]
fn child() {
    let Ok(told) = std::env::var(CHILD) else { return };
    let [bootstrap, group, topic] = told.split(' ').collect::<Vec<_>>()[..] else { panic!("{told}") };
    let (log, partition) = (connect_to(bootstrap), TopicPartition::new(topic, 0));
    let mut membership = log.join(&member(group, 2, "zombie")).unwrap();
    wait_until("the tasks are granted", || !membership.poll().unwrap().is_empty());
    let mut writer = membership.writer().unwrap();
    put(&mut *writer, &partition, "of a zombie").unwrap();
    writer.send_offsets(group, &[next(&partition, 1)]).unwrap();
    say("holds");
    std::io::stdin().lock().read_line(&mut String::new()).unwrap();
    say(&format!("commit {:?}", writer.commit().unwrap_err()));
    let mut changes = Vec::new();
    wait_until("it is granted a task again", || {
        changes.extend(membership.poll().unwrap());
        matches!(&changes[..], [.., Lease::Granted(_)])
    });
    say(&format!("leases {changes:?}"));
}

/// On a line of its own: the test harness writes into the same output.
fn say(what: &str) {
    println!("\n{CHILD} {what}");
}

struct Zombie {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Zombie {
    fn start(told: &str) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["zombies::child", "--exact", "--nocapture"])
            .env(CHILD, told)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = process.stdin.take().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        Self { process, input, output }
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.process.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// The next thing it says.
    fn hear(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "it ended");
            if let Some(said) = line.strip_prefix(CHILD) {
                return said.trim().to_owned();
            }
        }
    }
}

impl Drop for Zombie {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[test]
fn f_20_one_who_slept_longer_than_its_session_commits_nothing_and_joins_anew() {
    let Some(broker) = Broker::shared() else { return };
    let log = connect_to(broker.bootstrap());
    let partition = partition(&log);
    let group = unique("group");
    let mut zombie = Zombie::start(&format!("{} {group} {}", broker.bootstrap(), partition.topic));
    assert_eq!(zombie.hear(), "holds");
    zombie.signal("STOP");
    let mut other = log.join(&member(&group, 2, "other")).unwrap();
    let mut tasks = 0;
    wait_until("the other has both tasks", || {
        tasks += other.poll().unwrap().iter().map(|lease| lease.tasks().len()).sum::<usize>();
        tasks == 2
    });
    zombie.signal("CONT");
    writeln!(zombie.input, "go on").unwrap();
    let commit = zombie.hear();
    assert!(commit.starts_with("commit Fenced"), "{commit}");
    assert_eq!(log.committed(&group, std::slice::from_ref(&partition)).unwrap(), [None]);
    let mut writer = other.writer().unwrap();
    put(&mut *writer, &partition, "of the living").unwrap();
    writer.commit().unwrap();
    assert_eq!(values(&read(&log, &partition)), ["of the living"]);
    let (stop, stopped) = mpsc::channel();
    let polling = std::thread::spawn(move || {
        while stopped.recv_timeout(Duration::from_millis(10)).is_err() {
            other.poll().unwrap().iter().for_each(|lease| other.release(lease.tasks()).unwrap());
        }
    });
    let leases = zombie.hear();
    assert!(leases.starts_with("leases [Lost([0, 1]), Granted(["), "{leases}");
    stop.send(()).unwrap();
    polling.join().unwrap();
}
