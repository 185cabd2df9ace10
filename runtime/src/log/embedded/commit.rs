//! Commits. Those that come while one is being written go together into the next: one write and one sync for all.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use tillstream_stores::rocks;
use tillstream_topology::TopicPartition;

use super::batch::{Batch, Producer, SealedBatch};
use super::keys::{META, PartitionKey};
use super::lock;
use super::partition::{Partition, PartitionState};
use super::shared::{Ledger, Shared};
use super::store::WriteError;
use crate::log::{CommitOutcome, LogError, PartitionOffset};

/// Transactions beyond this many bytes wait for the next group, so that no commit waits for more than it must.
const GROUP_BYTES: usize = 64 << 20;

/// What is to become visible together.
#[derive(Debug)]
pub(super) struct Transaction {
    pub(super) transactional_id: Arc<str>,
    pub(super) producer: Producer,
    /// Finished batches; those of one partition in their order.
    pub(super) batches: Vec<(Arc<Partition>, SealedBatch)>,
    /// Group, partition and the next offset to read.
    pub(super) offsets: Vec<(Arc<str>, Arc<Partition>, i64)>,
}

impl Transaction {
    fn byte_size(&self) -> usize {
        self.batches.iter().map(|(_, batch)| batch.byte_size()).sum()
    }

    fn next_offsets(&self) -> Vec<PartitionOffset> {
        let last = self.batches.iter().map(|(partition, batch)| (&partition.name, batch.header().last_offset));
        let last: BTreeMap<&TopicPartition, i64> = last.collect();
        last.into_iter()
            .map(|(partition, last)| PartitionOffset { partition: partition.clone(), offset: last + 1 })
            .collect()
    }
}

/// A commit that did not succeed.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) error: LogError,
    /// The transaction, if the same one can be tried again.
    pub(super) transaction: Option<Transaction>,
}

type Outcome = Result<CommitOutcome, Box<Refused>>;

/// A transaction in the queue, and later what became of it.
#[derive(Debug)]
pub(super) struct Ticket(Mutex<Stage>);

#[derive(Debug)]
enum Stage {
    Waiting(Transaction),
    Taken,
    Done(Outcome),
}

impl Ticket {
    fn new(transaction: Transaction) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Stage::Waiting(transaction))))
    }

    fn take(&self) -> Option<Transaction> {
        let mut stage = lock(&self.0);
        match std::mem::replace(&mut *stage, Stage::Taken) {
            Stage::Waiting(transaction) => Some(transaction),
            other => {
                *stage = other;
                None
            }
        }
    }

    fn finish(&self, outcome: Outcome) {
        *lock(&self.0) = Stage::Done(outcome);
    }

    fn outcome(&self) -> Option<Outcome> {
        let mut stage = lock(&self.0);
        match std::mem::replace(&mut *stage, Stage::Taken) {
            Stage::Done(outcome) => Some(outcome),
            other => {
                *stage = other;
                None
            }
        }
    }

    fn byte_size(&self) -> usize {
        match &*lock(&self.0) {
            Stage::Waiting(transaction) => transaction.byte_size(),
            _ => 0,
        }
    }
}

/// Transactions that are written together, with the states their partitions will have.
#[derive(Debug, Default)]
struct Group {
    members: Vec<(Arc<Ticket>, Transaction)>,
    states: BTreeMap<PartitionKey, (Arc<Partition>, PartitionState)>,
}

impl Shared {
    /// Writes `transaction` and makes it visible.
    pub(super) fn commit(&self, transaction: Transaction) -> Outcome {
        let transactional_id = Arc::clone(&transaction.transactional_id);
        let ticket = Ticket::new(transaction);
        lock(&self.waiting).push_back(Arc::clone(&ticket));
        loop {
            let mut ledger = self.raw_ledger();
            // Whoever held the ledger before may have written this transaction along with its own.
            if let Some(outcome) = ticket.outcome() {
                return outcome;
            }
            let tickets = self.next_tickets();
            if tickets.is_empty() {
                return Err(in_doubt(&transactional_id));
            }
            self.write_group(&mut ledger, tickets);
        }
    }

    fn next_tickets(&self) -> Vec<Arc<Ticket>> {
        let mut waiting = lock(&self.waiting);
        let mut bytes = 0;
        let count = waiting.iter().take_while(|ticket| {
            let taken = bytes < GROUP_BYTES;
            bytes += ticket.byte_size();
            taken
        });
        let count = count.count();
        waiting.drain(..count).collect()
    }

    fn write_group(&self, ledger: &mut Ledger, tickets: Vec<Arc<Ticket>>) {
        let repaired = self.repair(ledger);
        let mut group = Group::default();
        for ticket in tickets {
            let Some(transaction) = ticket.take() else { continue };
            if ledger.writers.get(&transaction.transactional_id) == Some(&transaction.producer) {
                group.add(ticket, transaction);
            } else {
                ticket.finish(Err(fenced(&transaction.transactional_id)));
            }
        }
        let bytes = group.byte_size();
        let written = repaired.map_err(|error| WriteError { error, nothing_written: true }).and_then(|()| {
            self.store.write(self.options.durability, |batch| group.fill(batch)).inspect_err(|failed| {
                self.note_failure(ledger, failed, bytes);
            })
        });
        match written {
            Ok(()) => self.publish(group),
            Err(failed) => self.refuse(group, &failed),
        }
    }

    fn publish(&self, group: Group) {
        let mut done = Vec::with_capacity(group.members.len());
        {
            let mut recent = lock(&self.recent);
            for (ticket, transaction) in group.members {
                done.push((ticket, transaction.next_offsets()));
                for (partition, batch) in transaction.batches {
                    let header = *batch.header();
                    let bytes = Bytes::from(batch.into_bytes());
                    recent.add(partition.key, Batch { header, bytes });
                }
            }
        }
        for (partition, state) in group.states.into_values() {
            partition.publish(state);
        }
        self.signal.raise();
        for (ticket, next_offsets) in done {
            ticket.finish(Ok(CommitOutcome { next_offsets }));
        }
    }

    fn refuse(&self, group: Group, failed: &WriteError) {
        for (ticket, transaction) in group.members {
            let refused = if failed.nothing_written {
                Box::new(Refused { error: self.same_error(&failed.error), transaction: Some(transaction) })
            } else {
                in_doubt(&transaction.transactional_id)
            };
            ticket.finish(Err(refused));
        }
    }

    /// Every member of a group is told what befell it.
    fn same_error(&self, error: &LogError) -> LogError {
        match error {
            LogError::Full { .. } => self.store.full(),
            LogError::Io { detail, .. } => self.store.io(detail.as_str()),
            other => self.store.io(other.to_string()),
        }
    }
}

impl Group {
    /// Takes `transaction` in and gives its records their offsets.
    fn add(&mut self, ticket: Arc<Ticket>, mut transaction: Transaction) {
        for (partition, batch) in &mut transaction.batches {
            let entry = self.states.entry(partition.key);
            let (_, state) = entry.or_insert_with(|| (Arc::clone(partition), partition.state()));
            batch.place(state.end, transaction.producer);
            state.end = batch.header().last_offset + 1;
            state.bytes += batch.byte_size() as u64;
        }
        self.members.push((ticket, transaction));
    }

    fn byte_size(&self) -> usize {
        self.members.iter().map(|(_, transaction)| transaction.byte_size()).sum()
    }

    fn fill(&self, writes: &mut rocks::Batch) {
        for (_, transaction) in &self.members {
            for (partition, batch) in &transaction.batches {
                let key = partition.key.batch(batch.header().last_offset);
                writes.put(partition.column, &key, batch.bytes());
            }
            for (group, partition, offset) in &transaction.offsets {
                writes.put(META, &partition.key.group(group), &offset.to_be_bytes());
            }
        }
        for (partition, state) in self.states.values() {
            writes.put(META, &partition.meta_key(), &state.encode());
        }
    }
}

fn fenced(transactional_id: &str) -> Box<Refused> {
    Box::new(Refused { error: LogError::Fenced { transactional_id: transactional_id.to_owned() }, transaction: None })
}

fn in_doubt(transactional_id: &str) -> Box<Refused> {
    Box::new(Refused { error: LogError::InDoubt { transactional_id: transactional_id.to_owned() }, transaction: None })
}
