//! A node of the graph as `describe()` shows it.

use std::sync::Arc;

/// Index of a node in its builder.
pub(crate) type NodeId = usize;

/// A topic as the topology names it: the shop's own, or internal to the application.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TopicName {
    /// A topic of the outside world, under its own name.
    External(Arc<str>),
    /// A repartition topic; in the log it is called `<application.id>-<name>`.
    Internal(Arc<str>),
}

impl TopicName {
    /// The name as `describe()` prints it.
    pub fn short(&self) -> &Arc<str> {
        match self {
            TopicName::External(name) | TopicName::Internal(name) => name,
        }
    }

    /// The name in the log.
    pub fn full(&self, application_id: &str) -> Arc<str> {
        match self {
            TopicName::External(name) => Arc::clone(name),
            TopicName::Internal(name) => format!("{application_id}-{name}").into(),
        }
    }
}

/// A repartition topic the application makes for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InternalTopic {
    /// Name without the application id.
    pub name: Arc<str>,
    /// Number of partitions asked for; `None` takes the largest of the sources that feed it (KS-8).
    pub partitions: Option<u32>,
}

#[derive(Clone, Debug)]
pub(crate) enum NodeKind {
    Source { topics: Vec<TopicName>, pattern: Option<String> },
    Processor { stores: Vec<String> },
    Sink { topic: SinkTopic },
}

#[derive(Clone, Debug)]
pub(crate) enum SinkTopic {
    Fixed(TopicName),
    /// Chosen record by record; the name `describe()` prints for the chooser.
    Chosen(String),
}

#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) name: String,
    pub(crate) kind: NodeKind,
    pub(crate) parents: Vec<NodeId>,
    /// Place in the order of the text: the node's id, or that of the node it was put behind later.
    pub(crate) rank: NodeId,
}
