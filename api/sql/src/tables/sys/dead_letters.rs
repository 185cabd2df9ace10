//! `sys_dead_letters`: what was refused, and why.

use arrow::datatypes::SchemaRef;
use tillstream_runtime::dead_letters::header;

use crate::error::SqlError;
use crate::tables::column::{Column, Kind};
use crate::tables::topics::{LogRecord, visit};
use crate::tables::{About, Batches, Sink, State, Table, Wanted};

const COLUMNS: &[Column<LogRecord>] = &[
    Column::new("partition", Kind::Integer, "Partition of the dead-letter topic.", LogRecord::partition),
    Column::new("offset", Kind::Integer, "Offset in it.", LogRecord::offset),
    Column::new("timestamp", Kind::Time, "The record's timestamp.", LogRecord::timestamp),
    Column::optional("class", Kind::Text, "The cause as a stable word.", |row| row.header(header::CLASS)),
    Column::optional("reason", Kind::Text, "The cause for a person.", |row| row.header(header::REASON)),
    Column::optional("topic", Kind::Text, "Topic it was read from.", |row| row.header(header::TOPIC)),
    Column::optional("source_partition", Kind::Integer, "Partition it was read from.", |row| {
        row.header_number(header::PARTITION)
    }),
    Column::optional("source_offset", Kind::Integer, "Offset it was read at.", |row| row.header_number(header::OFFSET)),
    Column::optional("key", Kind::Text, "The key.", LogRecord::key),
    Column::optional("value", Kind::Text, "The value as it came.", LogRecord::value),
];

/// What was refused, and why.
#[derive(Debug)]
pub(super) struct DeadLetters {
    about: About,
    schema: SchemaRef,
}

impl DeadLetters {
    pub(super) fn new() -> Self {
        let about = About::new(
            "sys_dead_letters",
            "Records that were refused, with the reason and the bytes as they came.",
            COLUMNS,
            2,
            &["partition", "offset"],
        );
        Self { schema: about.schema(), about }
    }
}

impl Table for DeadLetters {
    fn about(&self) -> &About {
        &self.about
    }

    fn scan(&self, state: &State, wanted: &Wanted, sink: &mut dyn Sink) -> Result<(), SqlError> {
        let mut batches = Batches::new(&self.schema, COLUMNS, wanted, sink);
        let topic = state.answers.settings().topics.dead_letters.clone();
        visit(state, &topic, wanted, &mut batches, |record, batches| batches.push(&record))?;
        batches.finish()
    }
}
