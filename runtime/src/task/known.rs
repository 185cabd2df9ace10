//! What the log says about the partitions of tasks that are opened together.

use std::collections::BTreeMap;

use tillstream_stores::TaskState;
use tillstream_topology::TopicPartition;

use super::TaskContext;
use crate::error::Error;
use crate::ids::TaskId;
use crate::log::OffsetRange;
use crate::progress::Progress;

/// Asked for once, for all of them.
pub(super) struct Known {
    /// Where the tasks go on in those inputs in which they have begun.
    pub(super) next: BTreeMap<TopicPartition, i64>,
    /// First and next offsets of the inputs.
    pub(super) inputs: BTreeMap<TopicPartition, OffsetRange>,
    /// First and next offsets of the changelogs.
    pub(super) changelogs: BTreeMap<TopicPartition, OffsetRange>,
}

impl Known {
    /// The committed offsets come first. They are given out only when no transaction that may move them is open, so the ends
    /// asked for afterwards hold all that belongs to them.
    pub(super) fn ask(context: &TaskContext, ids: &[TaskId]) -> Result<Self, Error> {
        let inputs: Vec<TopicPartition> = ids.iter().flat_map(|id| context.inputs_of(*id)).collect();
        let committed = context.log.committed(&context.application_id, &inputs)?;
        let committed =
            inputs.iter().cloned().zip(committed).filter_map(|(partition, offset)| Some((partition, offset?)));
        let changelogs: Vec<TopicPartition> = ids.iter().flat_map(|id| context.changelogs_of(*id)).collect();
        let changelog_ranges = context.log.settled_offsets(&changelogs)?;
        let input_ranges = context.log.offsets(&inputs)?;
        Ok(Self {
            next: committed.collect(),
            changelogs: changelogs.into_iter().zip(changelog_ranges).collect(),
            inputs: inputs.into_iter().zip(input_ranges).collect(),
        })
    }

    /// Takes in what a task wrote of itself. It stays, while Kafka forgets the offsets of a group that is away for long.
    pub(super) fn learn(&mut self, context: &TaskContext, id: TaskId, progress: &Progress) {
        for input in context.inputs_of(id) {
            if let Some(next) = progress.position.get(&input.topic, input.partition) {
                self.next.entry(input).or_insert(next);
            }
        }
    }

    /// How the state of a task holds more than the log does, if it does. It is another log's, or what it holds last was not
    /// committed in the end: a broker that goes down may forget a transaction that it has taken.
    pub(super) fn lacks(&self, context: &TaskContext, id: TaskId, state: &TaskState) -> Option<String> {
        self.lacks_changes(context, id, state).or_else(|| self.lacks_records(context, id, state))
    }

    fn lacks_changes(&self, context: &TaskContext, id: TaskId, state: &TaskState) -> Option<String> {
        let mut stores = context.sub_topology(id)?.stores.iter();
        stores.find_map(|store| {
            let range = self.changelogs.get(&context.changelog_partition(id, store)?)?;
            let claim = state.changelog_offset(store).filter(|claim| *claim > range.end)?;
            Some(format!("store {store} holds changes up to {claim}, its changelog ends at {}", range.end))
        })
    }

    fn lacks_records(&self, context: &TaskContext, id: TaskId, state: &TaskState) -> Option<String> {
        let position = state.position();
        context.inputs_of(id).find_map(|partition| {
            // What the log does not hold any more is passed without a commit.
            let next = self.next.get(&partition).copied().max(Some(self.inputs.get(&partition)?.start))?;
            let claim = position.get(&partition.topic, partition.partition).filter(|claim| *claim > next)?;
            Some(format!("the state holds {partition} up to {claim}, committed is {next}"))
        })
    }
}
