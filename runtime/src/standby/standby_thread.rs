//! The thread that keeps the standbys of an instance.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tillstream_topology::TopicPartition;

use super::placement::keepers;
use super::replica::Replica;
use crate::error::Error;
use crate::ids::TaskId;
use crate::log::LogReader;
use crate::query::TaskView;
use crate::thread::ThreadContext;

/// Longest wait for records in one turn: a stream thread that wants a task waits for the end of the turn.
const TURN: Duration = Duration::from_millis(50);

/// How often the ends of the changelogs are asked for, and whether other standbys are wanted, ms.
const LOOK_MS: i64 = 500;

/// Standbys opened in one turn.
const OPENED_AT_ONCE: usize = 4;

/// Follows the changelogs of tasks that run elsewhere.
pub(crate) struct StandbyThread {
    context: Arc<ThreadContext>,
    /// The name this instance has among the owners of tasks.
    me: Arc<str>,
    replicas: BTreeMap<TaskId, Replica>,
    reader: Box<dyn LogReader>,
    looked_at_ms: Option<i64>,
}

impl StandbyThread {
    pub(crate) fn open(context: Arc<ThreadContext>, me: Arc<str>) -> Result<Self, Error> {
        let reader = context.tasks.log.reader()?;
        Ok(Self { context, me, replicas: BTreeMap::new(), reader, looked_at_ms: None })
    }

    /// Follows until the application stops.
    pub(crate) fn run(&mut self) -> Result<(), Error> {
        while !self.context.stop.load(Ordering::Relaxed) {
            self.let_go_of_claimed();
            let now = self.context.tasks.clock.now_ms();
            if self.looked_at_ms.is_none_or(|at| now - at >= LOOK_MS) {
                self.looked_at_ms = Some(now);
                self.choose()?;
                self.look(now)?;
            }
            self.follow()?;
        }
        Ok(())
    }

    fn let_go_of_claimed(&mut self) {
        let claims = Arc::clone(&self.context.tasks.claims);
        self.retain(|id| !claims.is_claimed(id));
    }

    /// Opens the standbys that are this instance's to keep, closes the others.
    fn choose(&mut self) -> Result<(), Error> {
        let wanted = self.wanted();
        self.retain(|id| wanted.contains(&id));
        let missing: Vec<TaskId> = wanted.into_iter().filter(|id| !self.replicas.contains_key(id)).collect();
        for id in missing.into_iter().take(OPENED_AT_ONCE) {
            let tasks = &self.context.tasks;
            let Some(kept) = tasks.claims.keep(id) else { continue };
            let Some(replica) = Replica::open(tasks, kept, id).map_err(|error| error.of_task(id))? else { continue };
            for (partition, from) in replica.followed() {
                tracing::info!(task = %id, changelog = %partition.topic, from, "keeping a standby");
                self.reader.assign(partition, from)?;
            }
            self.replicas.insert(id, replica);
        }
        Ok(())
    }

    /// The tasks of other instances of which this one is to keep a standby.
    fn wanted(&self) -> BTreeSet<TaskId> {
        let elsewhere = self.context.query.elsewhere();
        let owners = elsewhere.iter().filter_map(|task| Some((task.id, task.owner.clone()?)));
        let owners: Vec<(TaskId, Arc<str>)> = owners.collect();
        let mut instances: BTreeSet<Arc<str>> = owners.iter().map(|(_, owner)| Arc::clone(owner)).collect();
        instances.insert(Arc::clone(&self.me));
        let replicas = self.context.options.standby_replicas;
        let mine = |(id, owner): &(TaskId, Arc<str>)| {
            let has_state = self.context.tasks.changelogs_of(*id).next().is_some();
            has_state && keepers(*id, owner, &instances, replicas).contains(&&self.me)
        };
        owners.iter().filter(|task| mine(task)).map(|(id, _)| *id).collect()
    }

    /// Asks how far the changelogs go. What the owners have told comes first: whoever reaches the ends has all of it.
    fn look(&mut self, now: i64) -> Result<(), Error> {
        let told: BTreeMap<TaskId, Arc<TaskView>> =
            self.context.query.elsewhere().into_iter().map(|task| (task.id, task)).collect();
        let partitions: Vec<TopicPartition> =
            self.replicas.values().flat_map(Replica::followed).map(|(partition, _)| partition.clone()).collect();
        let ranges = self.context.tasks.log.offsets(&partitions)?;
        let mut ranges = ranges.as_slice();
        for (id, replica) in &mut self.replicas {
            let (own, rest) = ranges.split_at(replica.followed().count().min(ranges.len()));
            ranges = rest;
            if let Some(told) = told.get(id) {
                replica.aim(own, told, now);
                for (partition, next) in replica.freed() {
                    self.reader.assign(partition, next)?;
                    self.reader.resume(partition);
                }
            }
            self.context.metrics.standby_lag(*id, replica.lag());
            replica.view().into_iter().for_each(|view| self.context.query.publish_standby(view));
        }
        Ok(())
    }

    /// Reads one batch of the changelogs.
    fn follow(&mut self) -> Result<(), Error> {
        for fetched in self.reader.poll(TURN)? {
            for (id, replica) in &mut self.replicas {
                if replica.follow(&fetched).map_err(|error| error.of_task(*id))? {
                    self.reader.pause(&fetched.partition);
                }
            }
        }
        for (id, replica) in &mut self.replicas {
            if replica.has_arrived().map_err(|error| error.of_task(*id))? {
                replica.view().into_iter().for_each(|view| self.context.query.publish_standby(view));
            }
        }
        Ok(())
    }

    /// Closes the standbys that `keep` does not want; what they have stays on disk.
    fn retain(&mut self, keep: impl Fn(TaskId) -> bool) {
        for (id, replica) in self.replicas.extract_if(.., |id, _| !keep(*id)) {
            self.context.query.withdraw_standby(id);
            self.context.metrics.no_standby(id);
            replica.followed().for_each(|(partition, _)| self.reader.unassign(partition));
        }
    }
}

impl Drop for StandbyThread {
    fn drop(&mut self) {
        self.retain(|_| false);
    }
}
