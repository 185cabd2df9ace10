//! Models as records of a compacted topic: the bytes in chunks no larger than a record may be, and behind them a manifest,
//! all in one transaction and one partition. Keys are used again by the next version, so that the topic holds one model
//! of each kind.

mod assembler;
mod manifest;
mod models;
mod publish;

pub use assembler::Assembler;
pub use manifest::Manifest;
pub(crate) use models::{Found, Models};
pub use publish::{Publication, publish};

use tillstream_runtime::log::TopicInfo;
use tillstream_runtime::partitioner::partition_for;

/// The name of the models lists are made of: the key of their manifest. Chunks have `als/0`, `als/1`, …
pub const ALS: &str = "als";
/// The name of the customers' segments, in the same way.
pub const SEGMENTS: &str = "segments";

/// The partition of all models, whatever their name: who reads it sees them in the order they were made in.
pub(crate) fn partition_of(topic: &TopicInfo) -> u32 {
    partition_for(ALS.as_bytes(), topic.partitions)
}

fn chunk_key(name: &str, number: u32) -> String {
    format!("{name}/{number}")
}
