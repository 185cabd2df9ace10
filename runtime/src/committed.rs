//! The committed state in a data directory, for tools, while no application runs on it. Nothing is processed and nothing restored:
//! answers are as of the last commit that reached the directory.

use std::path::Path;
use std::sync::Arc;

use tillstream_stores::rocks::Resources;
use tillstream_stores::{StoreBuilder, TaskState};
use tillstream_topology::{TopicPartition, Topology};

use crate::error::Error;
use crate::ids::TaskId;
use crate::layout::{all_tasks, resolve_partitions};
use crate::log::Log;
use crate::newest::newest_records;
use crate::progress::{Progress, progress_topic};
use crate::query::{StoreQuery, TaskView};

/// The committed state in a directory. Open as long as it lives.
#[derive(Debug)]
pub struct CommittedState {
    query: StoreQuery,
    _states: Vec<TaskState>,
}

impl CommittedState {
    /// Opens the tasks' directories under `state_dir`. A task without one has no state to show: queries that need it say so.
    ///
    /// # Errors
    /// When the log cannot be read, or a directory is damaged or in use.
    pub fn open(
        topology: &Topology,
        application_id: &str,
        log: &dyn Log,
        state_dir: &Path,
        resources: &Resources,
    ) -> Result<Self, Error> {
        let tasks = all_tasks(topology, &resolve_partitions(topology, log)?);
        let query = StoreQuery::new(topology, &tasks);
        let topic = progress_topic(application_id);
        let known = log.topics()?.iter().any(|info| info.name == topic);
        let mut reader = log.batch_reader()?;
        let mut states = Vec::new();
        for (id, number) in tasks.iter().zip(0..) {
            let dir = state_dir.join(id.to_string());
            if !dir.is_dir() {
                continue;
            }
            let builders = builders(topology, *id);
            let state = TaskState::open(Some(&dir), &builders, resources)?;
            let partitions = [TopicPartition::new(Arc::clone(&topic), number)];
            let newest =
                if known { newest_records(&mut *reader, &partitions, log.offsets(&partitions)?)? } else { Vec::new() };
            let progress = Progress::newest(*id, newest.into_iter().flatten().next())?;
            query.publish(view(*id, &builders, &state, progress));
            states.push(state);
        }
        Ok(Self { query, _states: states })
    }

    /// Reads it.
    #[must_use]
    pub fn query(&self) -> &StoreQuery {
        &self.query
    }
}

fn builders(topology: &Topology, id: TaskId) -> Vec<Arc<dyn StoreBuilder>> {
    let sub = topology.sub_topologies().get(id.sub_topology);
    let mine = |store: &&Arc<dyn StoreBuilder>| sub.is_some_and(|sub| sub.stores.contains(store.name()));
    topology.stores().filter(mine).cloned().collect()
}

fn view(id: TaskId, builders: &[Arc<dyn StoreBuilder>], state: &TaskState, progress: Progress) -> TaskView {
    TaskView {
        id,
        stores: builders.iter().map(|builder| builder.name().to_owned()).collect(),
        reader: state.reader(),
        stream_time: progress.stream_time,
        processed: 0,
        // Of the state, not of the log: the last commit may not have reached the directory.
        position: state.position(),
        observed: Arc::new(progress.observed),
        ledger: Arc::new(progress.ledger),
        internal_ledger: Arc::new(progress.internal),
        owner: None,
        thread: 0,
        staleness: None,
    }
}
