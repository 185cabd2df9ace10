//! A topology as a chart: one box a node, one frame a sub-topology.

use std::fmt::Write;

use super::describe::sink_text;
use super::{Node, NodeKind, SubTopology};

/// A box, in the words of both languages.
struct Drawn {
    lines: Vec<String>,
    is_topic: bool,
    has_stores: bool,
}

impl Drawn {
    fn of(node: &Node) -> Self {
        let (lines, is_topic) = match &node.kind {
            NodeKind::Source { topics, .. } => {
                let topics: Vec<&str> = topics.iter().map(|topic| topic.short().as_ref()).collect();
                (vec![topics.join(", ")], true)
            }
            NodeKind::Processor { stores } if stores.is_empty() => (vec![node.name.clone()], false),
            NodeKind::Processor { stores } => (vec![node.name.clone(), stores.join(", ")], false),
            NodeKind::Sink { topic } => (vec![sink_text(topic)], true),
        };
        Self { has_stores: lines.len() > 1, lines, is_topic }
    }
}

/// A Mermaid flow chart.
pub(super) fn mermaid(nodes: &[Node], parts: &[SubTopology]) -> String {
    let mut out = String::from("flowchart TD\n");
    for part in parts {
        let _ = writeln!(out, "  subgraph sub{}[\"Sub-topology {}\"]", part.id, part.id);
        for (id, node) in part.nodes.iter().filter_map(|id| nodes.get(*id).map(|node| (id, node))) {
            let drawn = Drawn::of(node);
            let (open, close) = match (drawn.is_topic, drawn.has_stores) {
                (true, _) => ("([", "])"),
                (false, true) => ("[(", ")]"),
                (false, false) => ("[", "]"),
            };
            let _ = writeln!(out, "    n{id}{open}\"{}\"{close}", drawn.lines.join("<br/>"));
            for parent in &node.parents {
                let _ = writeln!(out, "    n{parent} --> n{id}");
            }
        }
        out.push_str("  end\n");
    }
    out
}

/// A graph in Graphviz' language.
pub(super) fn dot(nodes: &[Node], parts: &[SubTopology]) -> String {
    let mut out = String::from("digraph topology {\n  node [fontname=\"sans-serif\"];\n");
    for part in parts {
        let _ = writeln!(out, "  subgraph cluster_{} {{\n    label=\"Sub-topology {}\";", part.id, part.id);
        for (id, node) in part.nodes.iter().filter_map(|id| nodes.get(*id).map(|node| (id, node))) {
            let drawn = Drawn::of(node);
            let shape = match (drawn.is_topic, drawn.has_stores) {
                (true, _) => "oval",
                (false, true) => "cylinder",
                (false, false) => "box",
            };
            let label = drawn.lines.join("\\n").replace('"', "\\\"");
            let _ = writeln!(out, "    n{id} [shape={shape}, label=\"{label}\"];");
            for parent in &node.parents {
                let _ = writeln!(out, "    n{parent} -> n{id};");
            }
        }
        out.push_str("  }\n");
    }
    out.push_str("}\n");
    out
}
