//! What the DSL's handles share while a topology is built.

use std::any::Any;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tillstream_stores::StoreBuilder;

use super::{BuildError, InternalTopic, Names, Node, NodeId, NodeKind, SourceBlueprint};
use crate::options::TopologyConfig;

pub(crate) type SharedBuilder = Rc<RefCell<BuilderState>>;

pub(crate) struct SourceEntry {
    pub(crate) node: NodeId,
    pub(crate) blueprint: Arc<dyn SourceBlueprint>,
}

/// A store of the topology and the topic its changes are logged to.
#[derive(Clone)]
pub(crate) struct StoreEntry {
    pub(crate) builder: Arc<dyn StoreBuilder>,
    /// `Some`: the store is restored from this source topic instead of a changelog of its own.
    pub(crate) source_topic: Option<Arc<str>>,
}

/// The description and the blueprints so far.
pub(crate) struct BuilderState {
    pub(crate) config: TopologyConfig,
    pub(crate) names: Names,
    pub(crate) nodes: Vec<Node>,
    by_name: HashMap<String, NodeId>,
    pub(crate) sources: Vec<SourceEntry>,
    /// Streams by the topics they read, so that a topic read twice is read once: typed outputs behind `Any`.
    pub(crate) typed_sources: HashMap<String, (NodeId, Arc<dyn Any>)>,
    pub(crate) stores: BTreeMap<String, StoreEntry>,
    pub(crate) internal_topics: BTreeMap<Arc<str>, InternalTopic>,
    /// Filters in front of repartition topics, by the topic's source: once set, null keys pass.
    null_filters: BTreeMap<NodeId, Arc<AtomicBool>>,
    /// Nodes where streams are merged, and the nodes above one behind which there is a repartition topic.
    merges: BTreeSet<NodeId>,
    pub(crate) above_merged_topics: BTreeSet<NodeId>,
    /// Groups of sources whose topics must have equally many partitions.
    pub(crate) copartitions: Vec<Vec<NodeId>>,
    pub(crate) errors: Vec<BuildError>,
}

impl BuilderState {
    pub(crate) fn new(config: TopologyConfig) -> Self {
        Self {
            config,
            names: Names::default(),
            nodes: Vec::new(),
            by_name: HashMap::new(),
            sources: Vec::new(),
            typed_sources: HashMap::new(),
            stores: BTreeMap::new(),
            internal_topics: BTreeMap::new(),
            null_filters: BTreeMap::new(),
            merges: BTreeSet::new(),
            above_merged_topics: BTreeSet::new(),
            copartitions: Vec::new(),
            errors: Vec::new(),
        }
    }

    /// Adds a node; a name used twice is remembered as a fault for `build()`.
    pub(crate) fn add_node(&mut self, name: String, kind: NodeKind, parents: Vec<NodeId>) -> NodeId {
        let id = self.nodes.len();
        if self.by_name.insert(name.clone(), id).is_some() {
            self.errors.push(BuildError::DuplicateNode { name: name.clone() });
        }
        self.nodes.push(Node { name, kind, parents, rank: id });
        id
    }

    /// A processor node with a generated name, or the user's, which burns a number too.
    pub(crate) fn add_processor(
        &mut self,
        user: Option<&str>,
        prefix: &str,
        stores: Vec<String>,
        parents: Vec<NodeId>,
    ) -> NodeId {
        let name = self.names.named(user, prefix);
        self.add_node(name, NodeKind::Processor { stores }, parents)
    }

    /// Adds a store; the same builder may be added again.
    pub(crate) fn add_store(&mut self, builder: Arc<dyn StoreBuilder>, source_topic: Option<Arc<str>>) {
        let name = builder.name().to_owned();
        match self.stores.get(&name) {
            Some(known) if !Arc::ptr_eq(&known.builder, &builder) => {
                self.errors.push(BuildError::DuplicateStore { name });
            }
            Some(_) => {}
            None => {
                self.stores.insert(name, StoreEntry { builder, source_topic });
            }
        }
    }

    /// Lets the processor `node` use `store`.
    pub(crate) fn connect(&mut self, node: NodeId, store: &str) {
        if let Some(Node { kind: NodeKind::Processor { stores }, .. }) = self.nodes.get_mut(node)
            && !stores.iter().any(|known| known == store)
        {
            stores.push(store.to_owned());
        }
    }

    /// Remembers the switch of the filter in front of the topic that `source` reads.
    pub(crate) fn add_null_filter(&mut self, source: NodeId, passes: Arc<AtomicBool>) {
        self.null_filters.insert(source, passes);
    }

    /// Something below these sources has a result for null keys: the topics must not lose them (KS-30).
    pub(crate) fn keep_null_keys(&self, sources: &BTreeSet<NodeId>) {
        let filters = sources.iter().filter_map(|source| self.null_filters.get(source));
        filters.for_each(|passes| passes.store(true, Ordering::Relaxed));
    }

    /// Remembers `node` as one where streams are merged.
    pub(crate) fn add_merge(&mut self, node: NodeId) {
        self.merges.insert(node);
    }

    /// `node` is repartitioned: what flows to it through a merge cannot have its own topic moved up any more.
    pub(crate) fn repartitioned(&mut self, node: NodeId) {
        let mut waiting = vec![(node, false)];
        while let Some((node, merged)) = waiting.pop() {
            if merged {
                self.above_merged_topics.insert(node);
            }
            let merged = merged || self.merges.contains(&node);
            let parents = self.nodes.get(node).map(|node| node.parents.as_slice()).unwrap_or_default();
            waiting.extend(parents.iter().map(|parent| (*parent, merged)));
        }
    }

    /// Puts `child` below another parent.
    pub(crate) fn move_node(&mut self, child: NodeId, from: NodeId, to: NodeId) {
        if let Some(node) = self.nodes.get_mut(child) {
            node.parents.iter_mut().filter(|parent| **parent == from).for_each(|parent| *parent = to);
        }
    }

    /// Orders `node` as if it had been added right behind `after`.
    pub(crate) fn rank(&mut self, node: NodeId, after: NodeId) {
        if let Some(node) = self.nodes.get_mut(node) {
            node.rank = after;
        }
    }

    pub(crate) fn node_name(&self, id: NodeId) -> String {
        self.nodes.get(id).map(|node| node.name.clone()).unwrap_or_default()
    }
}
