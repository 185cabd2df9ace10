//! Names of tasks.

use std::fmt;
use std::str::FromStr;

/// A task: one partition of one sub-topology, written `0_3` as in Kafka Streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskId {
    /// Number of the sub-topology.
    pub sub_topology: usize,
    /// Partition.
    pub partition: u32,
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.sub_topology, self.partition)
    }
}

/// Text that names no task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a task; expected sub-topology_partition, such as 0_3")]
pub struct TaskIdError;

impl FromStr for TaskId {
    type Err = TaskIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (sub_topology, partition) = text.split_once('_').ok_or(TaskIdError)?;
        let number = |_| TaskIdError;
        Ok(Self { sub_topology: sub_topology.parse().map_err(number)?, partition: partition.parse().map_err(number)? })
    }
}
