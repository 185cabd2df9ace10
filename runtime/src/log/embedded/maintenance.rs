//! House-keeping: one bounded step of retention and compaction a call.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, TryLockError};

use tillstream_stores::rocks::Durability;

use super::append_times::AppendTimes;
use super::catalog;
use super::compaction::Cleaning;
use super::keys::{APPEND_TIMES, META, PartitionKey};
use super::partition::{Partition, Topic};
use super::shared::Shared;
use crate::log::{CleanupPolicy, LogError};

/// What house-keeping remembers between two calls.
#[derive(Debug, Default)]
pub(super) struct Maintenance {
    append_times: BTreeMap<PartitionKey, AppendTimes>,
    pub(super) cleaning: Cleaning,
}

impl Shared {
    /// One step. While another thread is at it there is nothing to do.
    pub(super) fn maintain(&self, now_ms: i64) -> Result<(), LogError> {
        let mut maintenance = match self.maintenance.try_lock() {
            Ok(maintenance) => maintenance,
            Err(TryLockError::WouldBlock) => return Ok(()),
            Err(TryLockError::Poisoned(poisoned)) => PoisonError::into_inner(poisoned),
        };
        let topics: Vec<Arc<Topic>> = self.topics().values().cloned().collect();
        for topic in &topics {
            let CleanupPolicy::Delete { retention_ms: Some(retention_ms) } = topic.info.policy else {
                continue;
            };
            for partition in &topic.partitions {
                self.retain(&mut maintenance, partition, now_ms, retention_ms)?;
            }
        }
        self.clean(&mut maintenance.cleaning, &topics, now_ms)
    }

    /// Gives up what was appended longer than `retention_ms` ago.
    fn retain(
        &self,
        maintenance: &mut Maintenance,
        partition: &Partition,
        now_ms: i64,
        retention_ms: i64,
    ) -> Result<(), LogError> {
        // A copy: what is remembered changes once it was written.
        let mut times = match maintenance.append_times.get(&partition.key) {
            Some(times) => times.clone(),
            None => self.load_append_times(partition)?,
        };
        let state = partition.state();
        let noted = times.note(now_ms, state.end, retention_ms);
        let expired = times.expire(now_ms, retention_ms);
        if noted || expired.is_some() {
            self.write_retention(partition, &times, expired)?;
        }
        maintenance.append_times.insert(partition.key, times);
        Ok(())
    }

    fn write_retention(
        &self,
        partition: &Partition,
        times: &AppendTimes,
        expired: Option<i64>,
    ) -> Result<(), LogError> {
        let mut ledger = self.ledger()?;
        let state = partition.state();
        let cut = expired.filter(|start| *start > state.start).map(|start| state.cut_before(start));
        let written = self.store.write(Durability::NoSync, |batch| {
            batch.put(META, &partition.key.meta(APPEND_TIMES), &times.encode());
            if let Some(cut) = &cut {
                let gone = partition.ending_in(state.start, cut.start);
                batch.delete_range(partition.column, &gone.from, gone.to.as_deref().unwrap_or_default());
                batch.put(META, &partition.meta_key(), &cut.encode());
            }
        });
        self.noting(&mut ledger, written)?;
        if let Some(cut) = cut {
            partition.publish(cut);
        }
        Ok(())
    }

    fn load_append_times(&self, partition: &Partition) -> Result<AppendTimes, LogError> {
        let value = catalog::get(&self.store, &partition.key.meta(APPEND_TIMES))?;
        // Samples that cannot be read are begun anew: records are then kept longer, never shorter.
        Ok(value.and_then(|value| AppendTimes::decode(&value)).unwrap_or_default())
    }
}
