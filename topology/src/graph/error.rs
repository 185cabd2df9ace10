//! What can be wrong with a topology.

/// A topology that cannot be built. All faults are told at once by [`StreamsBuilder::build`](crate::StreamsBuilder::build).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Two nodes have the same name.
    #[error("the name {name} is used by two nodes; give one of them another with `.named(..)`")]
    DuplicateNode {
        /// The name.
        name: String,
    },
    /// Two stores have the same name.
    #[error("the store name {name} is used twice; give one of them another with `Materialized::named(..)`")]
    DuplicateStore {
        /// The name.
        name: String,
    },
    /// A topic is read by two sources of different types.
    #[error("topic {topic} is read twice with different key or value types; read it once and share the stream")]
    SourceConflict {
        /// The topic.
        topic: String,
    },
    /// A processor names a store nobody added.
    #[error("processor {processor} is connected to store {store}, which does not exist; add it to the builder first")]
    UnknownStore {
        /// The processor.
        processor: String,
        /// The store.
        store: String,
    },
    /// A store or repartition topic has a generated name although names are asked for.
    #[error("{name} is a generated name, which another operator would change; name the store or the grouping")]
    ImplicitName {
        /// The name.
        name: String,
    },
    /// A serde is needed and none is known.
    #[error("{operator} needs a serde for its {part}; give one with {option}")]
    MissingSerde {
        /// The operator.
        operator: String,
        /// `key` or `value`.
        part: &'static str,
        /// Where it can be given.
        option: &'static str,
    },
    /// A rule of the DSL is broken.
    #[error("{operator}: {message}")]
    Invalid {
        /// The operator.
        operator: String,
        /// What is wrong and what to do.
        message: String,
    },
    /// Topics that are joined have different numbers of partitions.
    #[error(
        "{topics} are processed together but have different numbers of partitions ({partitions}); give them the same number or repartition one"
    )]
    CoPartition {
        /// The topics.
        topics: String,
        /// Their numbers of partitions.
        partitions: String,
    },
}

/// A task that cannot be wired from its topology.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WiringError {
    /// The processor asks for a store it was not connected to.
    #[error("processor {processor} is not connected to store {store}; name it in `process`")]
    NotConnected {
        /// The processor.
        processor: String,
        /// The store.
        store: String,
    },
    /// The store is not part of the task.
    #[error("store {store} is not part of this task; add it to the builder")]
    UnknownStore {
        /// The store.
        store: String,
    },
    /// The store holds other types than asked for.
    #[error("store {store} holds other types; use the handle its builder gave out")]
    StoreType {
        /// The store.
        store: String,
    },
    /// The state directory could not be used.
    #[error(transparent)]
    Store(#[from] tillstream_stores::Error),
}
