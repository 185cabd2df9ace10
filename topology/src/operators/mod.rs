//! The operators, one a file; each holds its DSL method too.

mod aggregate;
mod aggregation;
mod cast_values;
mod change_serde;
mod combine;
mod count;
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
mod rekeyed;
mod repartition;
mod row_store;
mod select_key;
mod session_aggregate;
mod sink;
mod split;
mod table_aggregate;
mod table_derived;
mod table_filter;
mod table_grouping;
mod table_map_values;
pub(crate) mod table_rows;
mod table_source;
mod table_to_stream;
mod to_table;
mod windowed_aggregate;

pub use count::Count;
pub use grouping::{KGroupedStream, SessionWindowedKStream, TimeWindowedKStream, Windows};
pub(crate) use rekeyed::Rekeyed;
pub(crate) use repartition::repartition_topic;
pub use split::{Branched, BranchedStream};
pub use table_grouping::KGroupedTable;

#[cfg(test)]
mod tests;
