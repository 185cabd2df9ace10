//! Rolling a task back to its last commit.

use super::{PartitionQueue, Task, TaskContext};
use crate::error::Error;
use crate::ledger::Entry;

impl Task {
    /// The task as of its last commit: overlays, outputs and clocks behind it are dropped, queues start again there. Records
    /// marked as failing stay marked.
    pub(crate) fn rolled_back(self, context: &TaskContext) -> Result<Self, Error> {
        let Task {
            id,
            graph,
            mut queues,
            committed,
            announced,
            idle_since_ms,
            idle,
            announced_idle,
            processed,
            renew_offsets,
            ..
        } = self;
        let graph = context.wire(id, graph.into_state(), &committed)?;
        queues.iter_mut().for_each(PartitionQueue::rewind);
        let entries = vec![Entry::default(); queues.len()];
        Ok(Self {
            id,
            graph,
            queues,
            dead_letters: Vec::new(),
            committed,
            entries,
            announced,
            idle_since_ms,
            idle,
            announced_idle,
            processed,
            renew_offsets,
        })
    }
}
