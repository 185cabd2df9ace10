//! `sys_topics`: the partitions of the log.

use std::sync::Arc;

use tillstream_runtime::log::{CleanupPolicy, OffsetRange, TopicPartition};

use crate::error::SqlError;
use crate::tables::column::{Cell, Column, Kind};
use crate::tables::listed::listed;
use crate::tables::{State, Table, Wanted};

#[derive(Debug)]
struct Row {
    partition: TopicPartition,
    range: OffsetRange,
    policy: CleanupPolicy,
}

const COLUMNS: &[Column<Row>] = &[
    Column::new("topic", Kind::Text, "The topic.", |row| Cell::Text(&row.partition.topic)),
    Column::new("partition", Kind::Integer, "The partition.", |row| Cell::Integer(i64::from(row.partition.partition))),
    Column::new("start_offset", Kind::Integer, "First readable offset.", |row| Cell::Integer(row.range.start)),
    Column::new("end_offset", Kind::Integer, "Offset behind the last record.", |row| Cell::Integer(row.range.end)),
    Column::new("cleanup", Kind::Text, "What may be thrown away: delete, compact or both.", |row| {
        Cell::Text(match row.policy {
            CleanupPolicy::Delete { .. } => "delete",
            CleanupPolicy::Compact => "compact",
            CleanupPolicy::CompactAndDelete => "compact,delete",
        })
    }),
];

/// The partitions of the log.
pub(super) fn table() -> Arc<dyn Table> {
    listed("sys_topics", "The topics of the log: one row a partition.", COLUMNS, 2, list)
}

fn list(state: &State, _: &Wanted) -> Result<Vec<Row>, SqlError> {
    let mut rows = Vec::new();
    for topic in state.log.topics()? {
        let partitions: Vec<TopicPartition> =
            (0..topic.partitions).map(|number| TopicPartition::new(Arc::clone(&topic.name), number)).collect();
        let ranges = state.log.offsets(&partitions)?;
        let policy = topic.policy;
        rows.extend(partitions.into_iter().zip(ranges).map(|(partition, range)| Row { partition, range, policy }));
    }
    Ok(rows)
}
