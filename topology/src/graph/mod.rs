//! What the DSL builds and what tasks are wired from: nodes, names, edges, sub-topologies.
//!
//! Two layers. The *description* ([`node`], [`names`], [`subtopology`], [`describe`]) is untyped: names, parents,
//! stores, topics. The *blueprints* ([`blueprint`]) are typed: each can make its operator, and all that follows it, for
//! one task ([`wiring`]).

mod blueprint;
mod builder_state;
mod describe;
mod draw;
mod error;
mod handle;
mod java;
mod names;
mod node;
mod partitions;
mod source;
mod subtopology;
mod topology;
mod wiring;

pub(crate) use blueprint::{Blueprint, Output, wire_fn};
pub(crate) use builder_state::{BuilderState, SharedBuilder, SourceEntry};
pub use error::{BuildError, WiringError};
pub use handle::StoreHandle;
pub(crate) use names::{Names, is_generated, is_implicit};
pub use node::{InternalTopic, TopicName};
pub(crate) use node::{Node, NodeId, NodeKind, SinkTopic};
pub(crate) use source::{SourceBlueprint, SourceInput, TypedSource};
pub use subtopology::SubTopology;
pub use topology::Topology;
pub(crate) use wiring::{Flush, TimeCell, Wiring};
