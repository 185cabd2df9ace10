//! Creating topics, registering writers, giving up old records.

use std::sync::Arc;

use tillstream_stores::rocks::Durability;
use tillstream_topology::TopicPartition;

use super::batch::Producer;
use super::catalog::{Entry, encode_producer, new_topic_entries};
use super::keys::{self, META};
use super::partition::Topic;
use super::shared::{Ledger, Shared};
use crate::log::{CleanupPolicy, LogError, TopicInfo, TopicSpec};

impl Shared {
    /// Gives `transactional_id` a new epoch: its older writers are fenced from now on.
    pub(super) fn register_writer(&self, transactional_id: &Arc<str>) -> Result<Producer, LogError> {
        let mut ledger = self.ledger()?;
        let producer = match ledger.writers.get(transactional_id) {
            Some(known) => Producer { epoch: known.epoch.wrapping_add(1), ..*known },
            None => Producer {
                // 0 is nobody: batches that compaction has joined.
                id: u32::try_from(ledger.writers.len() + 1).unwrap_or(u32::MAX),
                epoch: 0,
            },
        };
        let entries = vec![(keys::writer(transactional_id), encode_producer(producer))];
        self.write_meta(&mut ledger, self.options.durability, &entries)?;
        ledger.writers.insert(Arc::clone(transactional_id), producer);
        Ok(producer)
    }

    pub(super) fn create_topics(&self, specs: &[TopicSpec]) -> Result<(), LogError> {
        let mut ledger = self.ledger()?;
        let mut created: Vec<Arc<Topic>> = Vec::new();
        let mut next_id = self.topics().values().map(|topic| topic.id + 1).max().unwrap_or(0);
        for spec in specs {
            let same_name = created.iter().find(|topic| topic.info.name == spec.name).cloned();
            if let Some(known) = same_name.or_else(|| self.topic(&spec.name)) {
                agrees(&known.info, spec)?;
                continue;
            }
            self.check(spec)?;
            let info = TopicInfo { name: Arc::clone(&spec.name), partitions: spec.partitions, policy: spec.policy };
            created.push(Arc::new(Topic::new(next_id, info)));
            next_id += 1;
        }
        if created.is_empty() {
            return Ok(());
        }
        let entries: Vec<_> = created.iter().flat_map(|topic| new_topic_entries(topic)).collect();
        self.write_meta(&mut ledger, Durability::Sync, &entries)?;
        self.add_topics(created);
        Ok(())
    }

    pub(super) fn delete_records(&self, wanted: &TopicPartition, before: i64) -> Result<(), LogError> {
        let partition = self.partition(wanted)?;
        let mut ledger = self.ledger()?;
        let state = partition.state();
        if before > state.end {
            return Err(partition.out_of_range(before, &state));
        }
        if before <= state.start {
            return Ok(());
        }
        let cut = state.cut_before(before);
        let written = self.store.write(Durability::NoSync, |batch| {
            let gone = partition.ending_in(state.start, before);
            batch.delete_range(partition.column, &gone.from, gone.to.as_deref().unwrap_or_default());
            batch.put(META, &partition.meta_key(), &cut.encode());
        });
        self.noting(&mut ledger, written)?;
        partition.publish(cut);
        Ok(())
    }

    fn check(&self, spec: &TopicSpec) -> Result<(), LogError> {
        if spec.partitions > 0 && !spec.name.is_empty() {
            return Ok(());
        }
        let TopicSpec { name, partitions, .. } = spec;
        Err(self.store.io(format!(
            "topic {name:?} was asked for with {partitions} partitions; a topic has a name and at least one partition"
        )))
    }

    fn write_meta(&self, ledger: &mut Ledger, durability: Durability, entries: &[Entry]) -> Result<(), LogError> {
        let written = self.store.write(durability, |batch| {
            for (key, value) in entries {
                batch.put(META, key, value);
            }
        });
        self.noting(ledger, written)
    }
}

/// Records of any topic can be given up here: so both ways of compacting are one.
fn agrees(found: &TopicInfo, wanted: &TopicSpec) -> Result<(), LogError> {
    let is_same = found.policy == wanted.policy || found.policy.compacts() && wanted.policy.compacts();
    if found.partitions == wanted.partitions && is_same {
        return Ok(());
    }
    Err(wanted.mismatch(found, named))
}

fn named(policy: CleanupPolicy) -> String {
    match policy {
        CleanupPolicy::Delete { retention_ms: None } => "kept for ever".to_owned(),
        CleanupPolicy::Delete { retention_ms: Some(limit) } => format!("kept for {limit} ms"),
        CleanupPolicy::Compact | CleanupPolicy::CompactAndDelete => "compacted".to_owned(),
    }
}
