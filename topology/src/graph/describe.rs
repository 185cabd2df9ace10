//! The text of `Topology.describe()`, letter for letter as Kafka Streams prints it (KS-10), and a drawing of it.

use std::collections::BTreeMap;
use std::fmt::Write;

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

/// A Mermaid flow chart, one box a node, one frame a sub-topology.
pub(super) fn mermaid(nodes: &[Node], parts: &[SubTopology]) -> String {
    let mut out = String::from("flowchart TD\n");
    for part in parts {
        let _ = writeln!(out, "  subgraph sub{}[\"Sub-topology {}\"]", part.id, part.id);
        for (id, node) in part.nodes.iter().filter_map(|id| nodes.get(*id).map(|node| (id, node))) {
            let _ = match &node.kind {
                NodeKind::Source { topics, .. } => {
                    let topics: Vec<&str> = topics.iter().map(|topic| topic.short().as_ref()).collect();
                    writeln!(out, "    n{id}([\"{}\"])", topics.join(", "))
                }
                NodeKind::Processor { stores } if stores.is_empty() => writeln!(out, "    n{id}[\"{}\"]", node.name),
                NodeKind::Processor { stores } => {
                    writeln!(out, "    n{id}[(\"{}<br/>{}\")]", node.name, stores.join(", "))
                }
                NodeKind::Sink { topic } => writeln!(out, "    n{id}([\"{}\"])", sink_text(topic)),
            };
            for parent in &node.parents {
                let _ = writeln!(out, "    n{parent} --> n{id}");
            }
        }
        out.push_str("  end\n");
    }
    out
}

fn sink_text(topic: &SinkTopic) -> String {
    match topic {
        SinkTopic::Fixed(topic) => format!("topic: {}", topic.short()),
        SinkTopic::Chosen(name) => format!("extractor class: {name}"),
    }
}

/// Sizes and sorted neighbours of the nodes of one sub-topology.
struct Edges {
    sizes: BTreeMap<NodeId, usize>,
    parents: BTreeMap<NodeId, Vec<NodeId>>,
    children: BTreeMap<NodeId, Vec<NodeId>>,
}

impl Edges {
    fn of(nodes: &[Node], part: &SubTopology) -> Self {
        let mut edges = Self { sizes: BTreeMap::new(), parents: BTreeMap::new(), children: BTreeMap::new() };
        let mut ids = part.nodes.clone();
        ids.sort_unstable();
        for id in &ids {
            edges.sizes.insert(*id, 1);
        }
        for id in ids {
            for parent in nodes.get(id).map(|node| node.parents.clone()).unwrap_or_default() {
                edges.parents.entry(id).or_default().push(parent);
                edges.children.entry(parent).or_default().push(id);
                let delta = edges.size(id);
                edges.grow(parent, delta);
            }
        }
        edges
    }

    fn size(&self, id: NodeId) -> usize {
        self.sizes.get(&id).copied().unwrap_or(1)
    }

    fn grow(&mut self, id: NodeId, delta: usize) {
        *self.sizes.entry(id).or_insert(1) += delta;
        for parent in self.parents.get(&id).cloned().unwrap_or_default() {
            self.grow(parent, delta);
        }
    }

    /// Largest sub-tree first, then by name.
    fn order(&self, nodes: &[Node], ids: &[NodeId]) -> Vec<NodeId> {
        let mut ids = ids.to_vec();
        ids.sort_by(|a, b| {
            let name = |id: &NodeId| nodes.get(*id).map(|node| node.name.as_str());
            self.size(*b).cmp(&self.size(*a)).then_with(|| name(a).cmp(&name(b)))
        });
        ids
    }

    fn print(&self, nodes: &[Node], id: NodeId, node: &Node, out: &mut String) {
        let children = self.children.get(&id).map(|ids| self.order(nodes, ids)).unwrap_or_default();
        let parents = self.parents.get(&id).cloned().unwrap_or_default();
        let list = |ids: &[NodeId]| {
            let names: Vec<&str> = ids.iter().filter_map(|id| nodes.get(*id)).map(|node| node.name.as_str()).collect();
            if names.is_empty() { "none".to_owned() } else { names.join(", ") }
        };
        let name = &node.name;
        let _ = match &node.kind {
            NodeKind::Source { pattern: Some(pattern), .. } => writeln!(out, "    Source: {name} (topics: {pattern})"),
            NodeKind::Source { topics, .. } => {
                let mut topics: Vec<&str> = topics.iter().map(|topic| topic.short().as_ref()).collect();
                topics.sort_unstable();
                writeln!(out, "    Source: {name} (topics: [{}])", topics.join(", "))
            }
            NodeKind::Processor { stores } => {
                writeln!(out, "    Processor: {name} (stores: [{}])", stores.join(", "))
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
