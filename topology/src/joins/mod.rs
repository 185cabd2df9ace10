//! Joins: stream with stream, stream with table, table with table; each holds its DSL method too.
//!
//! | join | when a result comes | file |
//! |---|---|---|
//! | stream–stream | for each pair of records within a window; for what stays alone when the window is over | [`stream_stream`], [`window_side`], [`waiting`] |
//! | stream–table | for each stream record, with the row as it is then | [`stream_table`] |
//! | table–table | for each update of either side | [`table_table`], [`table_side`] |

mod join_names;
mod joiner;
mod partitioning;
mod self_join;
mod stream_stream;
mod stream_table;
mod table_side;
mod table_table;
mod waiting;
mod waiting_serde;
mod waiting_times;
mod window_side;
mod window_sides;
mod window_stores;

#[cfg(test)]
mod tests;
