//! Runs the conformance cases: small topologies with what Kafka Streams 4.3.0 made of their input.
//!
//! A case names operators, functions and processors from a fixed vocabulary. This crate knows the vocabulary ([`functions`]),
//! builds the same topology with Tillstream's DSL, feeds the events through the
//! [`TopologyTestDriver`](tillstream_topology::TopologyTestDriver) ([`run()`]) and compares topic by topic, store by store
//! ([`differences`]).
#![forbid(unsafe_code)]

mod build;
mod case;
mod compare;
mod error;
pub mod functions;
mod key;
mod processors;
mod run;
mod standing;
mod value;

pub use case::Case;
pub use compare::differences;
pub use error::CaseError;
pub use key::{CaseKey, Key, KeyKind, key_serde};
pub use run::{Stores, run};
pub use standing::{Deviation, Deviations, NotYet};
pub use value::{Value, value_serde};
