//! Rolling a task back to its last commit.

use super::{PartitionQueue, Task, TaskContext};
use crate::error::Error;
use crate::ledger::Entry;
use crate::trace::Hops;

impl Task {
    /// The task as of its last commit: overlays, outputs and clocks behind it are dropped, queues start again there. Records
    /// marked as failing stay marked.
    pub(crate) fn rolled_back(self, context: &TaskContext) -> Result<Self, Error> {
        let graph = context.wire(self.id, self.graph.into_state(), &self.committed)?;
        let mut queues = self.queues;
        queues.iter_mut().for_each(PartitionQueue::rewind);
        let entries = vec![Entry::default(); queues.len()];
        let mut hops = self.hops;
        hops.iter_mut().for_each(Hops::forget);
        Ok(Self { graph, queues, entries, hops, dead_letters: Vec::new(), ..self })
    }
}
