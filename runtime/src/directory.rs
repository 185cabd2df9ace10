//! Who runs which task, over all instances: told by the progress topic, where every commit of a task names its owner.
//!
//! A claim in that topic is part of a transaction, so it is as good as the commit: an instance that lost a task cannot
//! claim it any more.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tillstream_stores::{RemoteState, TaskReader};

use crate::error::Error;
use crate::ids::TaskId;
use crate::log::LogReader;
use crate::newest::newest_records;
use crate::progress::Progress;
use crate::query::TaskView;
use crate::thread::ThreadContext;

/// How long one look for news waits; a stop is noticed within it.
const LOOK: Duration = Duration::from_millis(200);

/// Reaches the other instances of an application.
pub trait Peers: Send + Sync + Debug {
    /// The state of `task` at the instance that advertises `address`.
    fn state(&self, address: &str, task: TaskId) -> Arc<dyn RemoteState>;
}

/// How an instance is known to the others, and how it reaches them.
#[derive(Clone, Debug)]
pub struct Neighbours {
    /// `host:port` at which the other instances reach this one.
    pub advertised: String,
    /// Reaches theirs.
    pub peers: Arc<dyn Peers>,
}

/// Follows the progress topic and shows queries the tasks of the other instances.
#[derive(Debug)]
pub(crate) struct TaskDirectory {
    context: Arc<ThreadContext>,
    neighbours: Neighbours,
    reader: Box<dyn LogReader>,
}

impl TaskDirectory {
    /// Reads the newest claim of each task.
    pub(crate) fn open(context: Arc<ThreadContext>, neighbours: Neighbours) -> Result<Self, Error> {
        let mut directory = Self { reader: context.tasks.log.reader()?, context, neighbours };
        let tasks = &directory.context.tasks;
        let partitions = tasks.progress_partitions(&tasks.tasks);
        let ends = tasks.log.offsets(&partitions)?;
        for (partition, range) in partitions.iter().zip(&ends) {
            directory.reader.assign(partition, range.end)?;
        }
        let newest = newest_records(&mut *tasks.log.batch_reader()?, &partitions, ends)?;
        for (id, record) in tasks.tasks.iter().zip(newest) {
            if let Some(value) = record.and_then(|record| record.value) {
                directory.hear(*id, &value);
            }
        }
        Ok(directory)
    }

    /// Listens until the application stops.
    pub(crate) fn run(&mut self) -> Result<(), Error> {
        let places: BTreeMap<u32, TaskId> = (0..).zip(self.context.tasks.tasks.iter().copied()).collect();
        while !self.context.stop.load(Ordering::Relaxed) {
            for fetched in self.reader.poll(LOOK)? {
                let newest = fetched.records.last().and_then(|record| record.value.as_deref());
                if let (Some(id), Some(value)) = (places.get(&fetched.partition.partition), newest) {
                    self.hear(*id, value);
                }
            }
        }
        Ok(())
    }

    fn hear(&self, id: TaskId, value: &[u8]) {
        match Progress::decode(id, value) {
            Ok(progress) => match progress.owner.clone() {
                Some(owner) if owner != self.neighbours.advertised => {
                    self.context.query.publish_elsewhere(self.view(id, &owner, progress));
                }
                _ => self.context.query.withdraw_elsewhere(id),
            },
            Err(error) => tracing::warn!(%error, "a claim to a task cannot be read"),
        }
    }

    fn view(&self, id: TaskId, owner: &str, progress: Progress) -> TaskView {
        let context = &self.context.tasks;
        let builders = context.builders(id);
        TaskView {
            id,
            stores: builders.iter().map(|builder| builder.name().to_owned()).collect(),
            reader: TaskReader::remote(&builders, self.neighbours.peers.state(owner, id)),
            stream_time: progress.stream_time,
            processed: progress.ledger.values().chain(progress.internal.values()).map(|entry| entry.consumed).sum(),
            position: progress.position,
            observed: Arc::new(progress.observed),
            ledger: Arc::new(progress.ledger),
            internal_ledger: Arc::new(progress.internal),
            owner: Some(owner.into()),
            thread: 0,
            staleness: None,
        }
    }
}
