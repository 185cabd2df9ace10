//! A task: the operators and state of one partition of one sub-topology, fed from its queues, lowest timestamp first.
//! Knows no log: the thread feeds it and makes its results durable.

mod context;
mod known;
mod opening;
mod queue;
mod rollback;
#[expect(clippy::module_inception, reason = "the task is the noun of this folder")]
mod task;

pub(crate) use context::TaskContext;
pub(crate) use opening::{Opening, restorable};
pub(crate) use queue::PartitionQueue;
pub(crate) use task::{Step, Task};
