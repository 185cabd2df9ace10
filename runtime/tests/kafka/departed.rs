//! What a member had under way when it went is ended by whoever takes its tasks over, not by the transaction time-out.

use std::collections::BTreeSet;
use std::sync::Arc;

use tillstream_kafka_broker::Broker;
use tillstream_runtime::log::kafka::{KafkaLog, KafkaOptions};
use tillstream_runtime::log::{Log, LogError, LogWriter, Membership, TopicPartition};
use tillstream_runtime::{Application, ApplicationState, Options};

use super::harness::*;
use super::offsets::high_watermark;

/// Transactions that nobody ends stay open for longer than the tests wait.
fn connect_patiently() -> Option<KafkaLog> {
    let options = KafkaOptions { transaction_timeout: 4 * PATIENCE, ..options(Broker::shared()?) };
    Some(KafkaLog::connect(options).unwrap())
}

/// A member that has the one task of `group`, and its writer.
fn owner(log: &KafkaLog, group: &str, instance: &str) -> (Box<dyn Membership>, Box<dyn LogWriter>) {
    let mut membership = log.join(&member(group, 1, instance)).unwrap();
    wait_until("the task is granted", || membership.poll().unwrap().iter().any(|lease| lease.tasks() == [0]));
    let writer = membership.writer().unwrap();
    (membership, writer)
}

#[test]
fn what_one_who_is_gone_left_open_is_ended_and_what_a_member_does_is_not() {
    let Some(log) = connect_patiently() else { return };
    let (partition, group) = (partition(&log), unique("group"));
    let (first, mut open) = owner(&log, &group, "first");
    let id = BTreeSet::from([member(&group, 1, "first").transactional_id()]);
    let mut second = log.join(&member(&group, 1, "second")).unwrap();
    put(&mut *open, &partition, "of a member").unwrap();
    open.send_offsets(&group, &[next(&partition, 1)]).unwrap();
    wait_until("the second has joined", || !second.poll().unwrap().is_empty());
    second.end_departed(&id, &[]);
    open.commit().unwrap();

    put(&mut *open, &partition, "of one who is gone").unwrap();
    drop(first);
    wait_until("the task is granted", || second.poll().unwrap().iter().any(|lease| lease.tasks() == [0]));
    second.end_departed(&id, &[]);
    assert_eq!(values(&read(&log, &partition)), ["of a member"]);
    let error = open.commit().unwrap_err();
    assert!(matches!(error, LogError::Fenced { .. }), "{error}");
}

#[test]
fn an_application_takes_over_from_one_who_died_in_a_transaction() {
    let Some(log) = connect_patiently() else { return };
    let (dir, app) = (tempfile::tempdir().unwrap(), unique("app"));
    let source = TopicPartition::new(topic(&log, 1), 0);
    let topology = count_by_key(&source.topic);
    let begin = |name| -> Application {
        let dead_letter_topic = Arc::clone(&source.topic);
        let options = Options { dead_letter_topic, ..instance_options(&app, name, dir.path()) };
        start(&topology, Arc::new(log.clone()), options)
    };
    commit(&log, &source, &["word"]);
    let changelog = TopicPartition::new(format!("{app}-counts-changelog").as_str(), 0);
    let dead = begin("dead");
    wait_until("a word is counted", || dead.state() == ApplicationState::Running && !read(&log, &changelog).is_empty());
    assert!(dead.stop(PATIENCE));
    let mut left_open = log.writer(&format!("{app}-dead-0")).unwrap();
    let before = high_watermark(&changelog);
    put(&mut *left_open, &changelog, "never committed").unwrap();
    wait_until("it is in the log", || high_watermark(&changelog) > before);

    let heir = begin("heir");
    wait_until("it runs", || heir.state() == ApplicationState::Running);
    commit(&log, &source, &["another"]);
    wait_until("it goes on", || read(&log, &changelog).len() == 2);
    assert!(heir.stop(PATIENCE));
}
