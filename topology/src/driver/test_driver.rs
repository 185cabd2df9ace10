//! Runs a topology without log or threads, as Kafka Streams' class of the same name does.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use tillstream_stores::rocks::Resources;
use tillstream_stores::{Headers, Position, SharedSerde, StoreBuilder, TaskState};

use super::heads::{Head, Heads};
use super::topics::{Produced, TestTopic, Topics};
use crate::execution::{Prepared, Scope, TaskGraph};
use crate::graph::{Topology, WiringError};
use crate::processor::ProcessError;

/// How a driver is set up.
#[derive(Clone, Debug)]
pub struct DriverOptions {
    /// Prefix of internal topics.
    pub application_id: String,
    /// Where the wall clock stands at first, epoch ms.
    pub wall_clock_start_ms: i64,
    /// Directory for RocksDB stores; `None` keeps every store in memory.
    pub state_dir: Option<PathBuf>,
    /// A record that cannot be read is skipped and counted, and one an operator refuses goes on in the other branches of the
    /// topology (`true`); or both are an error (`false`).
    pub skip_bad_records: bool,
}

impl Default for DriverOptions {
    fn default() -> Self {
        Self { application_id: "app".to_owned(), wall_clock_start_ms: 0, state_dir: None, skip_bad_records: false }
    }
}

/// What can go wrong while a driver runs.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DriverError {
    /// The topology could not be wired.
    #[error(transparent)]
    Wiring(#[from] WiringError),
    /// A record was refused.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// A store failed.
    #[error(transparent)]
    Store(#[from] tillstream_stores::Error),
    /// The topology does not read this topic.
    #[error("the topology does not read topic {0}")]
    UnknownTopic(String),
    /// Key or value could not be written.
    #[error("{0}")]
    Serde(tillstream_stores::SerdeError),
}

/// A topology in one task, with one partition for each topic; commits after each record.
#[derive(Debug)]
pub struct TopologyTestDriver {
    graph: TaskGraph,
    topics: Topics,
    changelogs: BTreeMap<Arc<str>, Vec<Produced>>,
    options: DriverOptions,
    wall_clock: i64,
    /// Prepared records, one an input, by event time.
    heads: Heads,
    skipped: u64,
    internal: Vec<Arc<str>>,
}

impl TopologyTestDriver {
    /// Wires `topology`.
    ///
    /// # Errors
    /// When its stores cannot be opened.
    pub fn new(topology: &Topology, options: DriverOptions) -> Result<Self, DriverError> {
        let builders: Vec<Arc<dyn StoreBuilder>> = topology.stores().cloned().collect();
        let resources = Resources::new(32 << 20, 50, 64);
        let state = TaskState::open(options.state_dir.as_deref(), &builders, &resources)?;
        let scope =
            Scope { sub_topologies: topology.sub_topologies(), partition: 0, application_id: &options.application_id };
        let mut graph = TaskGraph::wire(topology, scope, state, BTreeMap::new(), options.wall_clock_start_ms)?;
        graph.continue_on_refusal(options.skip_bad_records);
        let internal = topology
            .internal_topics()
            .map(|topic| format!("{}-{}", options.application_id, topic.name).into())
            .collect();
        let topics = graph.inputs().iter().map(|input| (Arc::clone(&input.topic), TestTopic::default())).collect();
        Ok(Self {
            graph,
            topics,
            changelogs: BTreeMap::new(),
            wall_clock: options.wall_clock_start_ms,
            options,
            heads: Heads::default(),
            skipped: 0,
            internal,
        })
    }

    /// Pipes one typed record in and processes all that follows.
    ///
    /// # Errors
    /// See [`DriverError`].
    pub fn pipe<K, V>(
        &mut self,
        topic: &str,
        key: (&SharedSerde<K>, &K),
        value: (&SharedSerde<V>, &V),
        timestamp: i64,
    ) -> Result<(), DriverError> {
        let encode = |bytes: Result<(bool, Vec<u8>), _>| bytes.map(|(some, bytes)| some.then(|| Bytes::from(bytes)));
        let mut out = Vec::new();
        let key = encode(key.0.serialize(key.1, &mut out).map(|some| (some, std::mem::take(&mut out))))
            .map_err(DriverError::Serde)?;
        let value = encode(value.0.serialize(value.1, &mut out).map(|some| (some, std::mem::take(&mut out))))
            .map_err(DriverError::Serde)?;
        self.pipe_raw(topic, Produced { key, value, timestamp, headers: Headers::default() })
    }

    /// Pipes one record of bytes in and processes all that follows.
    ///
    /// # Errors
    /// See [`DriverError`].
    pub fn pipe_raw(&mut self, topic: &str, record: Produced) -> Result<(), DriverError> {
        let input = self.graph.admit(topic).ok_or_else(|| DriverError::UnknownTopic(topic.to_owned()))?;
        self.append(input, &topic.into(), record)?;
        self.drain()
    }

    /// Moves the wall clock, fires what is due and processes all that follows.
    ///
    /// # Errors
    /// See [`DriverError`].
    pub fn advance_wall_clock(&mut self, by_ms: i64) -> Result<(), DriverError> {
        self.wall_clock += by_ms;
        self.graph.punctuate_wall_clock(self.wall_clock)?;
        self.commit()?;
        self.drain()
    }

    /// Tells the processors that nothing has come for a while, or that this is over.
    pub fn set_inputs_idle(&mut self, idle: bool) {
        self.graph.set_inputs_idle(idle);
    }

    /// Takes what was written to `topic` since the last call.
    pub fn read(&mut self, topic: &str) -> Vec<Produced> {
        self.topics.get_mut(topic).map(|topic| std::mem::take(&mut topic.written)).unwrap_or_default()
    }

    /// Topics written to, with everything written; internal ones included.
    pub fn written(&self) -> impl Iterator<Item = (&Arc<str>, &[Produced])> {
        self.topics.iter().map(|(name, topic)| (name, topic.written.as_slice()))
    }

    /// Whether `topic` is a repartition topic.
    pub fn is_internal(&self, topic: &str) -> bool {
        self.internal.iter().any(|internal| &**internal == topic)
    }

    /// The changelog of each store, by topic name, in the order written.
    pub fn changelogs(&self) -> &BTreeMap<Arc<str>, Vec<Produced>> {
        &self.changelogs
    }

    /// Kafka Streams' `dropped-records-total`.
    pub fn dropped_records(&self) -> u64 {
        self.graph.dropped().total() + self.skipped
    }

    /// The task's committed state.
    pub fn state(&self) -> &TaskState {
        self.graph.state()
    }

    fn append(&mut self, input: usize, topic: &Arc<str>, record: Produced) -> Result<(), DriverError> {
        self.topics.entry(Arc::clone(topic)).or_default().append(record);
        if self.heads.contains(input) { Ok(()) } else { self.prepare_next(input) }
    }

    /// Reads waiting records of an input until one can be processed.
    fn prepare_next(&mut self, input: usize) -> Result<(), DriverError> {
        let Some(topic) = self.graph.inputs().get(input).map(|input| Arc::clone(&input.topic)) else { return Ok(()) };
        while let Some(raw) = self.topics.get_mut(&topic).and_then(TestTopic::take) {
            match self.graph.prepare(input, &raw) {
                Ok(Prepared::Ready(timestamp)) => {
                    self.heads.push(Head { input, timestamp, raw });
                    break;
                }
                Ok(Prepared::Marker | Prepared::Skipped) => {}
                Err(error) if self.options.skip_bad_records && error.blames_record() => self.skipped += 1,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Works off waiting records, lowest timestamp first.
    fn drain(&mut self) -> Result<(), DriverError> {
        while let Some(Head { input, timestamp, raw }) = self.heads.pop() {
            self.graph.process(input, &raw, timestamp)?;
            self.prepare_next(input)?;
            self.graph.punctuate_stream_time()?;
            self.commit()?;
        }
        Ok(())
    }

    /// Flushes caches, logs changes, applies them and puts outputs into their topics.
    fn commit(&mut self) -> Result<(), DriverError> {
        self.graph.flush()?;
        let staged = self.graph.stage()?;
        for change in &staged.changelog {
            let topic = format!("{}-{}-changelog", self.options.application_id, change.store).into();
            self.changelogs.entry(topic).or_default().push(Produced {
                key: Some(Bytes::copy_from_slice(&change.key)),
                value: change.value.as_deref().map(Bytes::copy_from_slice),
                timestamp: change.timestamp,
                headers: change.headers.clone(),
            });
        }
        let mut position = Position::default();
        for input in self.graph.inputs() {
            if let Some(topic) = self.topics.get(&input.topic) {
                position.set(&input.topic, 0, topic.next_offset());
            }
        }
        let offsets = self.changelog_offsets();
        self.graph.apply(staged, offsets, position)?;
        self.route()
    }

    fn changelog_offsets(&self) -> Vec<(String, i64)> {
        let prefix = format!("{}-", self.options.application_id);
        self.changelogs
            .iter()
            .filter_map(|(topic, records)| {
                let store = topic.strip_prefix(&prefix)?.strip_suffix("-changelog")?;
                Some((store.to_owned(), records.len() as i64))
            })
            .collect()
    }

    /// Puts what the task wrote into its topics; those the topology reads wait to be read.
    fn route(&mut self) -> Result<(), DriverError> {
        let outputs: Vec<(Arc<str>, Produced)> = self
            .graph
            .outputs()
            .iter()
            .map(|output| {
                let record = Produced {
                    key: output.key.map(Bytes::copy_from_slice),
                    value: output.value.map(Bytes::copy_from_slice),
                    timestamp: output.timestamp,
                    headers: output.headers.clone(),
                };
                (Arc::clone(output.topic), record)
            })
            .collect();
        self.graph.clear_outputs();
        for (topic, record) in outputs {
            self.topics.entry(Arc::clone(&topic)).or_default().written.push(record.clone());
            if let Some(input) = self.graph.admit(&topic) {
                self.append(input, &topic, record)?;
            }
        }
        Ok(())
    }
}
