//! The operators, one a file; each holds its DSL method too.

mod aggregate;
mod combine;
mod filter;
mod flat_map;
mod fold;
mod foreach;
mod grouping;
mod map;
mod mark_as_partitioned;
mod merge;
mod peek;
mod process;
mod repartition;
mod select_key;
mod sink;
mod split;
mod windowed_aggregate;

pub use grouping::{KGroupedStream, TimeWindowedKStream};
pub use split::{Branched, BranchedStream};
