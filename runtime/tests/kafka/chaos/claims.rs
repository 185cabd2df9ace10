//! The commits of each task, as the progress topic tells them: who made them, and what the ledger said.

use std::time::Duration;

use serde::Deserialize;
use tillstream_runtime::ledger::{Entry, Ledger};
use tillstream_runtime::log::kafka::KafkaLog;
use tillstream_runtime::log::{Log, LogError, TopicPartition};
use tillstream_stores::Position;

use super::events::{Event, PARTITIONS};
use super::topology::{BY_WORD, EVENTS};

/// One commit of a task.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Claim {
    pub(crate) owner: String,
    ledger: Ledger,
    internal: Ledger,
    position: Position,
    /// When it was made, by the wall clock.
    #[serde(skip)]
    pub(crate) at_ms: i64,
}

/// Tasks that re-key come first, then those that count.
const TASKS: u32 = 2 * PARTITIONS;

/// All commits so far, by task.
pub(crate) fn read(log: &KafkaLog, app: &str) -> Result<Vec<Vec<Claim>>, LogError> {
    let topic = format!("{app}-task-progress");
    (0..TASKS).map(|task| read_task(log, &TopicPartition::new(topic.as_str(), task))).collect()
}

fn read_task(log: &KafkaLog, partition: &TopicPartition) -> Result<Vec<Claim>, LogError> {
    let range = log.offsets(std::slice::from_ref(partition))?[0];
    let mut reader = log.reader()?;
    reader.assign(partition, range.start)?;
    let (mut claims, mut position) = (Vec::new(), range.start);
    while position < range.end {
        for fetched in reader.poll(Duration::from_millis(100))? {
            position = fetched.next_offset;
            for record in fetched.records {
                let claim: Claim = serde_json::from_slice(record.value.as_deref().unwrap()).unwrap();
                claims.push(Claim { at_ms: record.timestamp, ..claim });
            }
        }
    }
    Ok(claims)
}

impl Claim {
    fn entry(&self) -> Entry {
        let mut sum = Entry::default();
        self.ledger.values().chain(self.internal.values()).for_each(|entry| sum += *entry);
        sum
    }
}

/// No commit takes back or repeats what another has done, and at the end the ledgers account for every event.
pub(crate) fn judge(tasks: &[Vec<Claim>], events: &[Event], late: u64) {
    for (task, claims) in tasks.iter().enumerate() {
        claims.windows(2).for_each(|pair| judge_pair(task, &pair[0], &pair[1]));
        for claim in claims {
            assert!(claim.entry().balances(), "task {task}: {claim:?}");
            if let Some(entry) = claim.ledger.get(EVENTS) {
                let position = claim.position.get(EVENTS, task as u32).unwrap();
                assert_eq!(entry.consumed as i64, position, "task {task} consumed other than it says: {claim:?}");
            }
        }
    }
    let (senders, counters) = tasks.split_at(PARTITIONS as usize);
    let total = |tasks: &[Vec<Claim>]| {
        let mut sum = Entry::default();
        tasks.iter().filter_map(|claims| claims.last()).for_each(|claim| sum += claim.entry());
        sum
    };
    let all = events.len() as u64;
    assert_eq!(total(senders), Entry { consumed: all, applied: all, ..Entry::default() }, "the re-keying tasks");
    let counted = Entry { consumed: all, applied: all - late, late, ..Entry::default() };
    assert_eq!(total(counters), counted, "the counting tasks");
}

fn judge_pair(task: usize, before: &Claim, after: &Claim) {
    let told = format!("task {task}: {before:?}, then {after:?}");
    assert!(before.entry().consumed <= after.entry().consumed, "the ledger went back: {told}");
    let by_word = |claim: &Claim| {
        let topic = claim.internal.keys().find(|topic| topic.contains(BY_WORD));
        topic.and_then(|topic| claim.position.get(topic, task as u32 % PARTITIONS))
    };
    assert!(by_word(before) <= by_word(after), "the position went back: {told}");
    // One process runs its clock for both; two of them on one machine have the same.
    assert!(before.at_ms <= after.at_ms, "commits of two owners are interleaved: {told}");
}
