//! What the DSL's handles share while a topology is built.

use std::any::Any;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

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
        self.nodes.push(Node { name, kind, parents });
        id
    }

    /// A processor node with a generated name, or the user's, which burns a number too.
    pub(crate) fn add_processor(&mut self, user: Option<&str>, prefix: &str, stores: Vec<String>, parents: Vec<NodeId>) -> NodeId {
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

    pub(crate) fn node_name(&self, id: NodeId) -> String {
        self.nodes.get(id).map(|node| node.name.clone()).unwrap_or_default()
    }
}
