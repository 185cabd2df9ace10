//! What tables are read from.

use std::sync::Arc;

use tillstream_processors::Answers;
use tillstream_processors::recommendations::Recommendations;
use tillstream_runtime::lag::{GroupLag, all_groups};
use tillstream_runtime::ledger::Ledger;
use tillstream_runtime::log::{Log, LogError};
use tillstream_runtime::query::TaskView;
use tillstream_runtime::{Application, StoreQuery};
use tillstream_stores::{Snapshot, StoreKind};
use tillstream_topology::Topology;

use super::rows::Batches;
use super::wanted::Wanted;
use crate::error::{ErrorKind, SqlError};

/// A value of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// `section.key`
    pub key: String,
    /// The value, as in TOML.
    pub value: String,
    /// Where it came from.
    pub origin: String,
}

/// What a topology is made of, as far as tables show it.
#[derive(Debug, Default)]
pub(crate) struct TopologyParts {
    /// Number of the sub-topology, `source`, `sink` or `store`, and a name.
    pub(crate) parts: Vec<(usize, &'static str, String)>,
    /// The stores with their kinds.
    pub(crate) stores: Vec<(String, StoreKind)>,
}

impl TopologyParts {
    fn of(topology: &Topology, application_id: &str) -> Self {
        let mut parts = Vec::new();
        for sub in topology.sub_topologies() {
            let mut add = |kind, name: String| parts.push((sub.id, kind, name));
            sub.source_topics.iter().for_each(|topic| add("source", topic.full(application_id).to_string()));
            sub.stores.iter().for_each(|store| add("store", store.clone()));
            sub.sink_topics.iter().for_each(|topic| add("sink", topic.full(application_id).to_string()));
        }
        let stores = topology.stores().map(|store| (store.name().to_owned(), store.kind())).collect();
        Self { parts, stores }
    }
}

/// What tables are read from. Cheap to clone.
#[derive(Clone, Debug)]
pub struct State {
    /// The shop's answers, and the stores behind them.
    pub(crate) answers: Answers,
    /// Lists made from these answers.
    pub(crate) recommendations: Recommendations,
    /// The log, for topics and lag.
    pub(crate) log: Arc<dyn Log>,
    /// What the topology is made of.
    pub(crate) topology: Arc<TopologyParts>,
    /// The application, where one runs.
    application: Option<Arc<Application>>,
    /// The configuration, without secrets.
    pub(crate) settings: Arc<Vec<Setting>>,
}

impl State {
    /// The state of an application with this topology and these settings (without secrets), with its answers and the lists made
    /// from them; `application` where it runs in this process.
    #[must_use]
    pub fn new(
        recommendations: Recommendations,
        log: Arc<dyn Log>,
        topology: &Topology,
        application_id: &str,
        application: Option<Arc<Application>>,
        settings: Vec<Setting>,
    ) -> Self {
        let topology = Arc::new(TopologyParts::of(topology, application_id));
        let answers = recommendations.answers().clone();
        Self { answers, recommendations, log, topology, application, settings: Arc::new(settings) }
    }

    pub(crate) fn query(&self) -> &StoreQuery {
        self.answers.query()
    }

    /// What became of all records: of all tasks, or an error.
    pub(crate) fn ledger(&self) -> Result<Ledger, SqlError> {
        self.query().whole_ledger().ok_or_else(|| not_ready("the state"))
    }

    pub(crate) fn lag(&self) -> Result<Vec<GroupLag>, LogError> {
        match &self.application {
            Some(application) => application.lag(),
            None => all_groups(&*self.log),
        }
    }

    /// The tasks that hold `store`: all of them, or an error. A part of an answer is never given for the whole.
    pub(crate) fn tasks_of(&self, store: &str) -> Result<Vec<Arc<TaskView>>, SqlError> {
        self.query().all_holders(store).ok_or_else(|| not_ready(store))
    }

    /// The task that holds `key` of `store`.
    pub(crate) fn task_of(&self, store: &str, key: &[u8]) -> Result<Arc<TaskView>, SqlError> {
        self.query().holder_of(store, key).ok_or_else(|| not_ready(store))
    }

    /// Reads the tasks of `store` that are in the part wanted, one after the other, each as of one commit.
    pub(crate) fn over_tasks<R: ?Sized>(
        &self,
        store: &str,
        wanted: &Wanted,
        batches: &mut Batches<'_, R>,
        mut read: impl FnMut(&Snapshot<'_>, &mut Batches<'_, R>) -> Result<(), SqlError>,
    ) -> Result<(), SqlError> {
        let tasks = self.tasks_of(store)?;
        for (_, task) in tasks.iter().enumerate().filter(|(place, _)| wanted.is_mine(*place)) {
            task.reader.snapshot(|snapshot| {
                batches.begin(&task.reader, snapshot.holds_commits());
                read(snapshot, batches)
            })??;
            if task.reader.is_closing() {
                return Err(tillstream_stores::Error::Closed.into());
            }
            if batches.end().is_break() {
                break;
            }
        }
        Ok(())
    }
}

fn not_ready(store: &str) -> SqlError {
    SqlError::new(ErrorKind::NotReady, format!("a part of {store} is being restored or moved; ask again in a second"))
}
