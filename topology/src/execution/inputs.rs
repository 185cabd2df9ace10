//! What a task reads.

use std::sync::Arc;

use regex::Regex;

use super::sender::SenderTimes;
use super::task_graph::Scope;
use crate::graph::{NodeKind, SourceInput, TimeCell, TopicName, Topology, Wiring, WiringError};

/// A topic the task reads.
#[derive(Debug)]
pub struct Input {
    /// Full topic name.
    pub topic: Arc<str>,
    /// Whether it is a repartition topic of this application.
    pub internal: bool,
    pub(super) source: usize,
    pub(super) slot: usize,
    pub(super) partition_time: TimeCell,
    pub(super) senders: SenderTimes,
}

/// Name under which the highest event time read from a topic is saved.
pub(super) fn partition_time_name(topic: &str) -> String {
    format!("partition/{topic}")
}

/// The sources of a task and the topics they read.
#[derive(Default)]
pub(super) struct Wired {
    pub(super) inputs: Vec<Input>,
    pub(super) sources: Vec<Box<dyn SourceInput>>,
    /// Sources that read every topic of a kind, by index.
    pub(super) patterns: Vec<(Regex, usize)>,
}

/// Makes the sources of a task's part of the topology, and with them all its operators.
pub(super) fn wire_sources(
    topology: &Topology,
    scope: Scope<'_>,
    wiring: &mut Wiring<'_>,
) -> Result<Wired, WiringError> {
    let mut wired = Wired::default();
    for source in topology.sources() {
        if !scope.sub_topologies.iter().any(|sub| sub.nodes.contains(&source.node)) {
            continue;
        }
        let node = topology.node(source.node).map(|node| &node.kind);
        let Some(NodeKind::Source { topics, pattern }) = node else { continue };
        for (slot, topic) in topics.iter().enumerate() {
            let name = topic.full(scope.application_id);
            wired.inputs.push(Input {
                internal: matches!(topic, TopicName::Internal(_)),
                source: wired.sources.len(),
                slot,
                partition_time: wiring.time(&partition_time_name(&name)),
                senders: SenderTimes::default(),
                topic: name,
            });
        }
        // The builder has refused what is no regular expression.
        if let Some(pattern) = pattern.as_ref().and_then(|pattern| Regex::new(&format!("^(?:{pattern})$")).ok()) {
            wired.patterns.push((pattern, wired.sources.len()));
        }
        wired.sources.push(source.blueprint.wire(wiring)?);
    }
    Ok(wired)
}
