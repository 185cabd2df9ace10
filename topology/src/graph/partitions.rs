//! How many partitions each topic of a topology has (KS-8).

use std::collections::BTreeMap;

use super::{BuildError, NodeId, NodeKind, TopicName, Topology};

/// See [`Topology::resolve_partitions`].
pub(super) fn resolve(
    topology: &Topology,
    copartitions: &[Vec<NodeId>],
    outside: &dyn Fn(&str) -> Option<u32>,
) -> Result<BTreeMap<TopicName, u32>, Vec<BuildError>> {
    let mut known: BTreeMap<TopicName, u32> = BTreeMap::new();
    let mut errors = Vec::new();
    for topic in topology.sub_topologies().iter().flat_map(|sub| &sub.source_topics) {
        match topic {
            TopicName::External(name) => match outside(name) {
                Some(partitions) => {
                    known.insert(topic.clone(), partitions);
                }
                None => errors.push(BuildError::Invalid {
                    operator: format!("source topic {name}"),
                    message: "it does not exist; create it first".to_owned(),
                }),
            },
            TopicName::Internal(_) => {}
        }
    }
    for topic in topology.internal_topics() {
        if let Some(partitions) = topic.partitions {
            known.insert(TopicName::Internal(topic.name.clone()), partitions);
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    inherit(topology, &mut known);
    align(topology, copartitions, &mut known)?;
    Ok(known)
}

/// A repartition topic without a number of its own takes the largest of the topics its writers read, until nothing moves.
fn inherit(topology: &Topology, known: &mut BTreeMap<TopicName, u32>) {
    loop {
        let mut moved = false;
        for topic in topology.internal_topics().filter(|topic| topic.partitions.is_none()) {
            let name = TopicName::Internal(topic.name.clone());
            let largest = topology
                .sub_topologies()
                .iter()
                .filter(|sub| sub.sink_topics.contains(&name))
                .flat_map(|sub| sub.source_topics.iter().filter_map(|source| known.get(source)))
                .max()
                .copied();
            if let Some(largest) = largest
                && known.get(&name) != Some(&largest)
            {
                known.insert(name, largest);
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
}

/// Joined topics: repartition topics follow the outside ones; those must agree.
fn align(
    topology: &Topology,
    copartitions: &[Vec<NodeId>],
    known: &mut BTreeMap<TopicName, u32>,
) -> Result<(), Vec<BuildError>> {
    let mut errors = Vec::new();
    for group in copartitions {
        let topics: Vec<TopicName> = group
            .iter()
            .filter_map(|id| topology.node(*id))
            .filter_map(|node| match &node.kind {
                NodeKind::Source { topics, .. } => Some(topics.clone()),
                NodeKind::Processor { .. } | NodeKind::Sink { .. } => None,
            })
            .flatten()
            .collect();
        let fixed = topics.iter().filter(|topic| !is_free(topology, topic)).filter_map(|topic| known.get(topic)).max();
        let Some(wanted) = fixed.or_else(|| topics.iter().filter_map(|topic| known.get(topic)).max()).copied() else {
            continue;
        };
        for topic in topics.iter().filter(|topic| is_free(topology, topic)) {
            known.insert(topic.clone(), wanted);
        }
        if topics.iter().any(|topic| known.get(topic).is_some_and(|partitions| *partitions != wanted)) {
            errors.push(BuildError::CoPartition {
                topics: topics.iter().map(|topic| topic.short().as_ref()).collect::<Vec<_>>().join(", "),
                partitions: topics
                    .iter()
                    .map(|topic| known.get(topic).map_or_else(|| "?".to_owned(), u32::to_string))
                    .collect::<Vec<_>>()
                    .join(", "),
            });
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

fn is_free(topology: &Topology, topic: &TopicName) -> bool {
    match topic {
        TopicName::External(_) => false,
        TopicName::Internal(name) => {
            topology.internal_topics().any(|internal| internal.name == *name && internal.partitions.is_none())
        }
    }
}
