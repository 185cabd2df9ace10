//! A finished topology, shared by all threads.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use tillstream_stores::StoreBuilder;

use super::builder_state::{BuilderState, SourceEntry, StoreEntry};
use super::subtopology::split;
use super::{BuildError, InternalTopic, Node, NodeId, NodeKind, SubTopology, TopicName, describe, draw, is_implicit};

/// A topology that was checked and can be run: by the runtime, one task for each sub-topology and partition, or by the
/// [`TopologyTestDriver`](crate::TopologyTestDriver).
#[derive(Clone)]
pub struct Topology {
    inner: Arc<Inner>,
}

struct Inner {
    nodes: Vec<Node>,
    sources: Vec<SourceEntry>,
    stores: BTreeMap<String, StoreEntry>,
    internal_topics: BTreeMap<Arc<str>, InternalTopic>,
    copartitions: Vec<Vec<NodeId>>,
    sub_topologies: Vec<SubTopology>,
}

impl Topology {
    /// Checks what the builder gathered; all faults at once.
    pub(crate) fn check(mut state: BuilderState) -> Result<Self, Vec<BuildError>> {
        for node in &state.nodes {
            if let NodeKind::Processor { stores } = &node.kind {
                for store in stores.iter().filter(|store| !state.stores.contains_key(*store)) {
                    state.errors.push(BuildError::UnknownStore { processor: node.name.clone(), store: store.clone() });
                }
            }
        }
        if state.config.explicit_names {
            refuse_implicit_names(&mut state);
        }
        if !state.errors.is_empty() {
            return Err(state.errors);
        }
        let sub_topologies = split(&state.nodes);
        Ok(Self {
            inner: Arc::new(Inner {
                nodes: state.nodes,
                sources: state.sources,
                stores: state.stores,
                internal_topics: state.internal_topics,
                copartitions: state.copartitions,
                sub_topologies,
            }),
        })
    }

    /// The sub-topologies, by number.
    pub fn sub_topologies(&self) -> &[SubTopology] {
        &self.inner.sub_topologies
    }

    /// The repartition topics the application needs.
    pub fn internal_topics(&self) -> impl Iterator<Item = &InternalTopic> {
        self.inner.internal_topics.values()
    }

    /// The stores, by name.
    pub fn stores(&self) -> impl Iterator<Item = &Arc<dyn StoreBuilder>> {
        self.inner.stores.values().map(|entry| &entry.builder)
    }

    /// The stores of some names, in order of name.
    pub(crate) fn store_entries<'a>(&'a self, sub: &'a SubTopology) -> impl Iterator<Item = &'a StoreEntry> {
        sub.stores.iter().filter_map(|name| self.inner.stores.get(name))
    }

    /// The topic a store is restored from: its changelog, or the source topic that stands in for it. `None` when it is
    /// not logged.
    pub fn changelog_topic(&self, store: &str, application_id: &str) -> Option<Arc<str>> {
        let entry = self.inner.stores.get(store)?;
        match &entry.source_topic {
            Some(topic) => Some(Arc::clone(topic)),
            None => entry.builder.options().logging.then(|| format!("{application_id}-{store}-changelog").into()),
        }
    }

    /// Whether `store` is restored from the topic it is built from.
    pub fn is_source_backed(&self, store: &str) -> bool {
        self.inner.stores.get(store).is_some_and(|entry| entry.source_topic.is_some())
    }

    /// The text of Kafka Streams' `Topology.describe()` (KS-10).
    pub fn describe(&self) -> String {
        describe::text(&self.inner.nodes, &self.inner.sub_topologies)
    }

    /// The topology as a Mermaid flow chart.
    pub fn mermaid(&self) -> String {
        draw::mermaid(&self.inner.nodes, &self.inner.sub_topologies)
    }

    /// The topology as a graph for Graphviz.
    pub fn dot(&self) -> String {
        draw::dot(&self.inner.nodes, &self.inner.sub_topologies)
    }

    pub(crate) fn sources(&self) -> &[SourceEntry] {
        &self.inner.sources
    }

    pub(crate) fn node(&self, id: NodeId) -> Option<&Node> {
        self.inner.nodes.get(id)
    }

    /// Numbers of partitions of the repartition topics (KS-8): as asked for, else the largest number of the topics that
    /// feed them, to a fixed point; joined topics must agree.
    ///
    /// `partitions` tells those of the outside topics.
    ///
    /// # Errors
    /// [`BuildError::CoPartition`], or [`BuildError::Invalid`] for a source topic that does not exist.
    pub fn resolve_partitions(
        &self,
        partitions: &dyn Fn(&str) -> Option<u32>,
    ) -> Result<BTreeMap<TopicName, u32>, Vec<BuildError>> {
        super::partitions::resolve(self, &self.inner.copartitions, partitions)
    }
}

/// Names that change with the topology lose their state with it (KIP-1111).
fn refuse_implicit_names(state: &mut BuilderState) {
    let logged = state.stores.values().filter(|entry| entry.source_topic.is_none() && entry.builder.options().logging);
    let names = logged.map(|entry| entry.builder.name()).chain(state.internal_topics.keys().map(|name| &**name));
    let faults = names.filter(|name| is_implicit(name)).map(|name| BuildError::ImplicitName { name: name.to_owned() });
    let faults: Vec<BuildError> = faults.collect();
    state.errors.extend(faults);
}

impl fmt::Debug for Topology {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.describe())
    }
}
