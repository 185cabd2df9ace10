//! Tillstream's stream-processing DSL, in the manner of Kafka Streams.
//!
//! A [`StreamsBuilder`] turns topics into streams ([`KStream`]) and tables ([`KTable`]); operators on them make a
//! [`Topology`]; the runtime runs it, one task for each sub-topology and partition, and a [`TopologyTestDriver`] steps it in
//! a test. Wrong wiring does not compile; what types cannot say is one clear error from [`StreamsBuilder::build`].
//!
//! It is not a runtime: it knows no log, no thread, no clock. Records and time are handed in, results are handed out.
//!
//! ```
//! use tillstream_topology::{Consumed, Grouped, Materialized, StreamsBuilder, TimeWindows};
//! use tillstream_topology::stores::{u64_be, utf8};
//!
//! let builder = StreamsBuilder::new();
//! builder
//!     .stream("clicks", Consumed::with(utf8(), utf8()))
//!     .group_by_key(Grouped::with(utf8(), utf8()))
//!     .windowed_by(TimeWindows::of_size(60_000).grace(10_000))
//!     .count(Materialized::named_with("clicks-by-minute", u64_be()));
//! println!("{}", builder.build().unwrap().describe());
//! ```
#![forbid(unsafe_code)]

mod builder;
mod stream;
mod table;

mod joins;
mod operators;
pub mod windows;

mod materialize;
mod options;
mod store_view;

pub mod driver;
pub mod execution;
mod graph;
mod processor;

pub use builder::{BuildErrors, StreamsBuilder};
pub use driver::TopologyTestDriver;
pub use graph::{BuildError, InternalTopic, StoreHandle, SubTopology, TopicName, Topology, WiringError};
pub use operators::{
    Branched, BranchedStream, Count, KGroupedStream, KGroupedTable, SessionWindowedKStream, TimeWindowedKStream,
    Windows,
};
pub use options::{
    Consumed, DefaultKey, Grouped, Joined, Materialized, Optimization, Produced, Repartitioned, StreamJoined,
    TimestampExtractor, Timestamps, TopologyConfig,
};
pub use processor::{
    Context, Dropped, InitContext, OutputRecord, Outputs, ProcessError, Processor, ProcessorContext, Punctuation,
    PunctuationType, RawRecord, Record, RecordMetadata, TopicPartition,
};
pub use stream::KStream;
pub use table::{Change, KTable};
/// The stores and serdes topologies are made with.
pub use tillstream_stores as stores;
pub use windows::{JoinWindows, SessionWindows, TimeWindows};
