//! Rows on their way into Arrow batches.

use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::SchemaRef;
use tillstream_stores::TaskReader;

use super::column::{Cells, Column};
use super::wanted::Wanted;
use crate::error::SqlError;

/// Rows after which a batch is handed on.
const BATCH_ROWS: usize = 4096;
/// Bytes, roughly, after which it is.
const BATCH_BYTES: usize = 1 << 20;

/// Takes batches of a scan.
pub(crate) trait Sink {
    /// Takes a batch; waits while there are enough, but no longer than `given_up` answers no. Breaks when no more are wanted.
    fn take(&mut self, batch: RecordBatch, given_up: &dyn Fn() -> bool) -> ControlFlow<()>;

    /// Whether more are wanted, told without giving any: a scan that finds nothing asks from time to time.
    fn wants_more(&self) -> bool;
}

/// Collects rows of `R` into batches of the columns that are wanted, and hands them on.
pub(crate) struct Batches<'a, R: ?Sized> {
    sink: &'a mut dyn Sink,
    schema: SchemaRef,
    columns: Vec<(&'a Column<R>, Cells)>,
    rows: usize,
    bytes: usize,
    left: usize,
    /// Collected batches are kept back while somebody waits for the scan to end.
    held_back: Option<Vec<RecordBatch>>,
    /// The task that is read: when it is closed, the scan gives up.
    task: Option<TaskReader>,
    failed: Option<SqlError>,
    seen: usize,
}

impl<'a, R: ?Sized> Batches<'a, R> {
    pub(crate) fn new(schema: &SchemaRef, columns: &'a [Column<R>], wanted: &Wanted, sink: &'a mut dyn Sink) -> Self {
        let fields: Vec<_> =
            wanted.projection.iter().filter_map(|column| schema.fields().get(*column).cloned()).collect();
        let projected = wanted.projection.iter().filter_map(|column| columns.get(*column));
        Self {
            sink,
            schema: Arc::new(arrow::datatypes::Schema::new(fields)),
            columns: projected.map(|column| (column, Cells::new(column.kind))).collect(),
            rows: 0,
            bytes: 0,
            left: wanted.limit.unwrap_or(usize::MAX),
            held_back: None,
            task: None,
            failed: None,
            seen: 0,
        }
    }

    /// From here rows of this task come; `hold_back`: its commits wait for the scan, so that batches are handed on behind it.
    pub(crate) fn begin(&mut self, task: &TaskReader, hold_back: bool) {
        self.task = Some(task.clone());
        self.held_back = hold_back.then(Vec::new);
    }

    /// The task's rows have been shown: hands on what was held back.
    pub(crate) fn end(&mut self) -> ControlFlow<()> {
        self.task = None;
        let held_back = self.held_back.take().unwrap_or_default();
        held_back.into_iter().try_for_each(|batch| self.sink.take(batch, &|| false))
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, row: &R) -> ControlFlow<()> {
        if self.left == 0 {
            return ControlFlow::Break(());
        }
        for (column, cells) in &mut self.columns {
            self.bytes += cells.push(column.cell(row));
        }
        self.left -= 1;
        self.rows += 1;
        if self.rows >= BATCH_ROWS || self.bytes >= BATCH_BYTES || self.left == 0 { self.flush() } else { self.still() }
    }

    /// A row was looked at that is not wanted.
    pub(crate) fn skip(&mut self) -> ControlFlow<()> {
        self.still()
    }

    /// Looks from time to time whether anybody still wants rows.
    fn still(&mut self) -> ControlFlow<()> {
        self.seen += 1;
        if self.seen.is_multiple_of(BATCH_ROWS) && !self.sink.wants_more() {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    /// Hands on what there is.
    pub(crate) fn flush(&mut self) -> ControlFlow<()> {
        if self.rows == 0 {
            return ControlFlow::Continue(());
        }
        let arrays = self.columns.iter_mut().map(|(_, cells)| cells.finish()).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        (self.rows, self.bytes) = (0, 0);
        let batch = match RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options) {
            Ok(batch) => batch,
            Err(error) => {
                self.failed = Some(SqlError::internal("rows do not fit their table", &error));
                return ControlFlow::Break(());
            }
        };
        if let Some(held_back) = &mut self.held_back {
            held_back.push(batch);
            return ControlFlow::Continue(());
        }
        let task = self.task.clone();
        self.sink.take(batch, &|| task.as_ref().is_some_and(TaskReader::is_closing))
    }

    /// Hands on the rest.
    pub(crate) fn finish(mut self) -> Result<(), SqlError> {
        let _ = self.flush();
        self.failed.map_or(Ok(()), Err)
    }
}
