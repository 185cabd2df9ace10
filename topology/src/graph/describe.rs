//! The text of `Topology.describe()`, letter for letter as Kafka Streams prints it (KS-10).

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt::Write;

use super::java::{TreeSet, hash_order};
use super::{Node, NodeId, NodeKind, SinkTopic, SubTopology};

/// Kafka Streams' text form.
pub(super) fn text(nodes: &[Node], parts: &[SubTopology]) -> String {
    let mut out = String::from("Topologies:\n ");
    for part in parts {
        let _ = writeln!(out, "  Sub-topology: {}", part.id);
        let edges = Edges::of(nodes, part);
        for id in edges.order(nodes, &part.nodes) {
            if let Some(node) = nodes.get(id) {
                edges.print(nodes, id, node, &mut out);
            }
        }
        out.push('\n');
    }
    out
}

pub(super) fn sink_text(topic: &SinkTopic) -> String {
    match topic {
        SinkTopic::Fixed(topic) => format!("topic: {}", topic.short()),
        SinkTopic::Chosen(name) => format!("extractor class: {name}"),
    }
}

/// Sizes and sorted neighbours of the nodes of one sub-topology.
///
/// Kafka Streams keeps neighbours in sorted sets while the sizes they are sorted by still grow, and goes through the nodes in
/// the order of a hash set. To print the same text the same has to be done.
struct Edges {
    sizes: BTreeMap<NodeId, usize>,
    parents: BTreeMap<NodeId, TreeSet>,
    children: BTreeMap<NodeId, TreeSet>,
}

impl Edges {
    fn of(nodes: &[Node], part: &SubTopology) -> Self {
        let mut edges = Self { sizes: BTreeMap::new(), parents: BTreeMap::new(), children: BTreeMap::new() };
        let mut named: Vec<Named<'_>> = Vec::new();
        for id in &part.nodes {
            edges.sizes.insert(*id, 1);
            named.extend(nodes.get(*id).map(|node| Named { id: *id, name: &node.name }));
        }
        for Named { id, .. } in hash_order(named) {
            for parent in nodes.get(id).map(|node| node.parents.clone()).unwrap_or_default() {
                let sizes = &edges.sizes;
                edges.parents.entry(id).or_default().insert(parent, |a, b| compare(nodes, sizes, a, b));
                edges.children.entry(parent).or_default().insert(id, |a, b| compare(nodes, sizes, a, b));
                let delta = edges.sizes.get(&id).copied().unwrap_or(1);
                edges.grow(parent, delta);
            }
        }
        edges
    }

    fn grow(&mut self, id: NodeId, delta: usize) {
        *self.sizes.entry(id).or_insert(1) += delta;
        for parent in self.parents.get(&id).map(TreeSet::items).unwrap_or_default() {
            self.grow(parent, delta);
        }
    }

    /// Largest sub-tree first, then by name.
    fn order(&self, nodes: &[Node], ids: &[NodeId]) -> Vec<NodeId> {
        let mut ids = ids.to_vec();
        ids.sort_by(|a, b| compare(nodes, &self.sizes, *a, *b));
        ids
    }

    fn print(&self, nodes: &[Node], id: NodeId, node: &Node, out: &mut String) {
        let children = self.children.get(&id).map(TreeSet::items).unwrap_or_default();
        let parents = self.parents.get(&id).map(TreeSet::items).unwrap_or_default();
        let list = |ids: &[NodeId]| {
            let names: Vec<&str> = ids.iter().filter_map(|id| nodes.get(*id)).map(|node| node.name.as_str()).collect();
            if names.is_empty() { "none".to_owned() } else { names.join(", ") }
        };
        let name = &node.name;
        let _ = match &node.kind {
            NodeKind::Source { pattern: Some(pattern), .. } => writeln!(out, "    Source: {name} (topics: {pattern})"),
            NodeKind::Source { topics, .. } => {
                let topics: Vec<&str> = topics.iter().map(|topic| topic.short().as_ref()).collect();
                writeln!(out, "    Source: {name} (topics: [{}])", hash_order(topics).join(", "))
            }
            NodeKind::Processor { stores } => {
                let stores: Vec<&str> = stores.iter().map(String::as_str).collect();
                writeln!(out, "    Processor: {name} (stores: [{}])", hash_order(stores).join(", "))
            }
            NodeKind::Sink { topic } => writeln!(out, "    Sink: {name} ({})", sink_text(topic)),
        };
        if !matches!(node.kind, NodeKind::Sink { .. }) {
            let _ = writeln!(out, "      --> {}", list(&children));
        }
        if !matches!(node.kind, NodeKind::Source { .. }) {
            let _ = writeln!(out, "      <-- {}", list(&parents));
        }
    }
}

/// A node in a hash set of names.
struct Named<'a> {
    id: NodeId,
    name: &'a str,
}

impl AsRef<str> for Named<'_> {
    fn as_ref(&self) -> &str {
        self.name
    }
}

fn compare(nodes: &[Node], sizes: &BTreeMap<NodeId, usize>, a: NodeId, b: NodeId) -> Ordering {
    let size = |id: NodeId| sizes.get(&id).copied().unwrap_or(1);
    let name = |id: NodeId| nodes.get(id).map(|node| node.name.as_str());
    size(b).cmp(&size(a)).then_with(|| name(a).cmp(&name(b)))
}
