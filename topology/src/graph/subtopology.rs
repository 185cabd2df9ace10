//! Sub-topologies: the parts of a topology that share no topic-free edge and no store, so that each runs as tasks of
//! its own.

use std::collections::{BTreeMap, BTreeSet};

use super::{Node, NodeId, NodeKind, SinkTopic, TopicName};

/// A connected part of the topology.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubTopology {
    /// Number of the sub-topology, from 0 in the order its first source was added (KS-9).
    pub id: usize,
    /// Topics it reads.
    pub source_topics: BTreeSet<TopicName>,
    /// Fixed topics it writes.
    pub sink_topics: BTreeSet<TopicName>,
    /// Stores it keeps.
    pub stores: BTreeSet<String>,
    pub(crate) nodes: Vec<NodeId>,
}

/// Splits the graph into its sub-topologies.
pub(crate) fn split(nodes: &[Node]) -> Vec<SubTopology> {
    let mut union = Union::new(nodes.len());
    let mut store_users: BTreeMap<&str, NodeId> = BTreeMap::new();
    for (id, node) in nodes.iter().enumerate() {
        node.parents.iter().for_each(|parent| union.join(id, *parent));
        if let NodeKind::Processor { stores } = &node.kind {
            for store in stores {
                let first = *store_users.entry(store).or_insert(id);
                union.join(id, first);
            }
        }
    }
    let is_source = |node: &Node| matches!(node.kind, NodeKind::Source { .. });
    let (sources, others): (Vec<NodeId>, Vec<NodeId>) =
        (0..nodes.len()).partition(|id| nodes.get(*id).is_some_and(is_source));
    let mut sources = sources;
    sources.sort_by_key(|id| nodes.get(*id).map(|node| node.rank));
    let mut numbers: BTreeMap<NodeId, usize> = BTreeMap::new();
    let mut parts: Vec<SubTopology> = Vec::new();
    for id in sources.into_iter().chain(others) {
        let number = *numbers.entry(union.root(id)).or_insert_with(|| {
            parts.push(SubTopology {
                id: parts.len(),
                source_topics: BTreeSet::new(),
                sink_topics: BTreeSet::new(),
                stores: BTreeSet::new(),
                nodes: Vec::new(),
            });
            parts.len() - 1
        });
        if let (Some(part), Some(node)) = (parts.get_mut(number), nodes.get(id)) {
            part.add(id, node);
        }
    }
    parts
}

impl SubTopology {
    fn add(&mut self, id: NodeId, node: &Node) {
        self.nodes.push(id);
        match &node.kind {
            NodeKind::Source { topics, .. } => self.source_topics.extend(topics.iter().cloned()),
            NodeKind::Processor { stores } => self.stores.extend(stores.iter().cloned()),
            NodeKind::Sink { topic: SinkTopic::Fixed(topic) } => {
                self.sink_topics.insert(topic.clone());
            }
            NodeKind::Sink { topic: SinkTopic::Chosen(_) } => {}
        }
    }
}

/// Union-find over node ids.
struct Union {
    parent: Vec<NodeId>,
}

impl Union {
    fn new(n: usize) -> Self {
        Self { parent: (0..n).collect() }
    }

    fn root(&mut self, mut id: NodeId) -> NodeId {
        while let Some(&up) = self.parent.get(id) {
            if up == id {
                break;
            }
            id = up;
        }
        id
    }

    fn join(&mut self, a: NodeId, b: NodeId) {
        let (a, b) = (self.root(a), self.root(b));
        if let Some(slot) = self.parent.get_mut(a) {
            *slot = b;
        }
    }
}
